"""Marking words in a text: which claims are offered for them, and who is suggested to have said them."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from claims.models import Claim
from claims.models.claimants import add_claimant
from claims.models.noting import add_appearance
from tests import factories

TEXT = "We relit 41 lamps in May. Nobody counted boats. The walrus slept. Lamps burn oil. Pilots sing. Rain fell.\n"


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


@pytest.fixture
def where(db):
    return factories.source(text=TEXT)


def note(where, quote, statement, name="Mirabel Testwell", role=""):
    said_by = factories.claimant(name)
    return factories.claim(where=where, quote=quote, statement=statement, said_by=said_by, appearance={"role": role})


def ask(client, where, **asked):
    return client.get(reverse("nearest_claims", args=[where.pk]), asked)


def offered(answer):
    return [int(number) for number in re.findall(r'name="claim" value="(\d+)"', answer.content.decode())]


def post(client, where, **typed):
    values = {"once": uuid4(), "language": "en", "kind": "figure", "priority": 2, "mode": "direct"}
    values |= {"said_on_precision": "day", "quote": "The walrus slept.", "statement": "", "said_by": ""}
    return client.post(reverse("mark_quote", args=[where.pk]), values | typed)


def test_claims_with_words_like_these_come_first_then_those_that_stand_closest(desk, where):
    far = note(where, "We relit 41 lamps in May.", "Forty lamps")
    close = note(where, "Pilots sing.", "Pilots sing")
    elsewhere = factories.claim(statement="A walrus never slept", quote="Nobody else counted.")
    answer = ask(desk, where, quote="The walrus slept.", start=TEXT.index("The walrus"))
    assert offered(answer) == [elsewhere.pk, close.pk, far.pk]
    assert offered(ask(desk, where, quote="The walrus slept.")) == [elsewhere.pk, close.pk, far.pk]
    assert offered(ask(desk, where, quote="Nothing like it", start=0)) == [far.pk, close.pk]


def test_no_claim_is_offered_twice_and_no_more_than_three_of_a_kind(desk, where):
    words = ["We relit 41 lamps in May.", "Nobody counted boats.", "Lamps burn oil.", "Pilots sing.", "Rain fell."]
    made = [note(where, quote, quote.removesuffix(".")) for quote in words]
    found = offered(ask(desk, where, quote="Lamps burn oil", start=TEXT.index("Lamps burn")))
    assert found == [made[2].pk, made[3].pk, made[4].pk, made[1].pk]


def test_who_said_it_and_in_which_role_is_suggested_from_the_same_source_the_closest_first(desk, where):
    note(where, "We relit 41 lamps in May.", "a", "Corvin Testfield", "harbour master")
    note(where, "Rain fell.", "b", "Ada Testlow")
    note(where, "Pilots sing.", "c", "Ada Testlow")
    text = ask(desk, where, quote="Lamps burn oil.").content.decode()
    assert re.findall(r'data-name="([^"]*)" data-role="([^"]*)"', text) == [
        ("Ada Testlow", ""), ("Corvin Testfield", "harbour master"),
    ]  # fmt: skip


def test_the_page_itself_suggests_the_names_and_roles_of_its_source(desk, where):
    note(where, "We relit 41 lamps in May.", "a", "Corvin Testfield", "harbour master")
    text = desk.get(where.get_absolute_url()).content.decode()
    assert '<datalist id="names-here"><option value="Corvin Testfield"></option></datalist>' in text
    assert '<datalist id="roles-here"><option value="harbour master"></option></datalist>' in text


def suggested(client, name):
    return client.get(reverse("suggest_said_by"), {"name": name}).json()


def test_a_name_that_is_typed_brings_the_roles_of_earlier_appearances(desk, where):
    claim = note(where, "We relit 41 lamps in May.", "a", "Corvin Testfield", "harbour master")
    person = claim.claimant
    add_appearance(claim, by=None, source=where, quote="Pilots sing.", claimant=person, role="former harbour master")
    add_claimant(by=None, name="Corvina Testfield", roles=[{"role": "pilot"}], aliases=["Vina"])
    assert suggested(desk, "corvin") == {"names": ["Corvin Testfield", "Corvina Testfield"], "roles": []}
    assert suggested(desk, "CORVIN Testfield") == {
        "names": ["Corvin Testfield"],
        "roles": ["former harbour master", "harbour master"],
    }
    assert suggested(desk, "vina") == {"names": ["Corvina Testfield"], "roles": ["pilot"]}
    assert suggested(desk, "") == {"names": [], "roles": []}


def test_who_may_not_note_claims_is_told_nothing(client, where):
    client.force_login(factories.person("anna", "auditor"))
    assert ask(client, where, quote="Rain").status_code == 403
    assert client.get(reverse("suggest_said_by"), {"name": "Corvin Testfield"}).status_code == 403


@pytest.mark.parametrize("start", ["", "x", "-1", "9" * 30, "²"])
def test_a_place_that_is_none_says_nothing(desk, where, start):
    claim = note(where, "Rain fell.", "a")
    assert offered(ask(desk, where, quote="Pilots", start=start)) == [claim.pk]


def test_what_was_sent_broken_is_answered_all_the_same(desk, where):
    assert ask(desk, where, quote="\x00\ud800".encode("utf-16", "surrogatepass")).status_code == 200
    assert ask(desk, where, quote="word " * 1_000).status_code == 200


@pytest.mark.parametrize("number", [1, 30])
def test_the_suggestions_cost_the_same_however_many_claims(desk, django_assert_num_queries, number):
    where = factories.source(text="".join(f"lamp number {each}.\n" for each in range(number)))
    for each in range(number):
        note(where, f"lamp number {each}.", f"lamp {each}", f"Person {each}")
    ask(desk, where, quote="lamp number")
    with django_assert_num_queries(9):
        ask(desk, where, quote="lamp number")


def test_without_scripts_a_button_shows_the_claims_like_the_words_and_keeps_what_was_typed(desk, where):
    near = factories.claim(statement="The walrus never slept", quote="Nobody else counted.")
    answer = post(desk, where, look="1", said_by="Ada Testlow", cue="according to")
    text = answer.content.decode()
    assert (answer.status_code, offered(answer)) == (200, [near.pk])
    assert ("errors" in text, 'value="Ada Testlow"' in text, 'value="according to"' in text) == (False, True, True)
    assert ">\nThe walrus slept.</textarea>" in text
    assert Claim.objects.count() == 1


def test_a_chosen_claim_stays_chosen_where_something_else_is_wrong(desk, where):
    chosen = factories.claim(statement="Nothing like it")
    answer = post(desk, where, claim=chosen.pk, quote="not in the text")
    assert list(answer.context["form"].errors) == ["quote"]
    assert f'name="claim" value="{chosen.pk}" checked' in answer.content.decode()


def test_any_other_claim_is_named_by_its_number(desk, where):
    claim = factories.claim()
    assert post(desk, where, claim_number=claim.pk).status_code == 302
    assert claim.appearances.get(source=where).quote == "The walrus slept."


def test_a_number_beside_another_claim_is_asked_about(desk, where):
    claim, other = factories.claim(), factories.claim()
    answer = post(desk, where, claim=claim.pk, claim_number=other.pk)
    assert answer.context["form"].errors == {
        "claim_number": ["You chose one claim above and typed the number of another."]
    }
    unknown = post(desk, where, claim=claim.pk, claim_number=99).context["form"].errors
    assert unknown == {"claim_number": ["There is no claim of this number."]}
