"""The pages of a redaction: asking, the dry run, a second person's word, what readers are told."""

import re

import pytest
from django.urls import reverse

from claims.models import Act, Change, Redaction
from claims.models.redaction.redacting import ask, confirm
from tests import factories

NAME = "Zephyrine Quillfeather"


@pytest.fixture
def second(db):
    return factories.person("sam", "managing-editor", name="Sam Testperson")


@pytest.fixture
def asked(chief):
    return ask(by=chief, words=NAME, reason="Test: a minor", ground="Test order 12/26")


def words_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_one_asks_and_another_confirms_after_seeing_where_the_words_stand(client, checker, editor, chief, second):
    verdict = factories.verdict(checker, editor, summary=f"It was {NAME}, twelve.")
    client.force_login(chief)
    sent = {"words": NAME, "reason": "Test: a minor", "ground": "Test order 12/26"}
    response = client.post(reverse("ask_redaction"), sent, follow=True)
    said = words_of(response)
    assert "Nothing is removed yet: a second person must confirm it." in said
    assert "Somebody else must confirm it: Sam Testperson." in said
    assert "Confirm…" not in said
    redaction = Redaction.objects.get()
    assert client.post(reverse("confirm_redaction", args=[redaction.pk]), {"version": 1}).status_code == 403

    client.force_login(second)
    page = client.get(reverse("confirm_redaction", args=[redaction.pk]))
    said = words_of(page)
    assert f"Verdict {verdict.pk}: summary claim {verdict.claim_id} It was {NAME} , twelve." in said
    assert "Line" in said and "of act" in said
    client.post(reverse("confirm_redaction", args=[redaction.pk]), {"version": 1})
    said = words_of(client.get(redaction.get_absolute_url()))
    assert NAME not in said
    assert "not kept any more" in said and "What only you can remove" in said

    public = words_of(client.get(verdict.get_absolute_url()))
    assert "It was [redacted], twelve." in public
    assert "The law required some words of this page to be removed" in public


def test_a_page_without_redactions_says_nothing_of_them(client, checker, editor):
    verdict = factories.verdict(checker, editor)
    assert "The law required" not in words_of(client.get(verdict.get_absolute_url()))


def test_a_desk_of_one_is_told_what_to_do(client, chief, asked):
    client.force_login(chief)
    for address in (reverse("ask_redaction"), asked.get_absolute_url()):
        assert "Let an administrator give a second person that role" in words_of(client.get(address))


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(client, chief):
    client.force_login(chief)
    sent = {"words": NAME, "reason": f"Because of {NAME}", "ground": "Test order"}
    response = client.post(reverse("ask_redaction"), sent)
    assert response.context["form"].errors == {
        "reason": ["This stays in the history. Write it without the words that must go."]
    }
    assert response.context["form"]["words"].value() == NAME


def test_withdrawing_takes_a_reason(client, second, asked):
    client.force_login(second)
    address = reverse("withdraw_redaction", args=[asked.pk])
    assert client.post(address, {"version": 1, "reason": ""}).status_code == 200
    client.post(address, {"version": 1, "reason": "Test: lifted"})
    asked.refresh_from_db()
    assert (asked.state, asked.words) == ("withdrawn", "")


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_costs_the_same_however_long(number, client, chief, django_assert_num_queries):
    for _each in range(number):
        ask(by=chief, words=NAME, reason="Test", ground="Test")
    client.force_login(chief)
    client.get(reverse("redactions"))
    with django_assert_num_queries(3):
        client.get(reverse("redactions"))


def test_the_admin_shows_it_without_its_words(client, chief, editor, asked):
    address = reverse("admin:claims_redaction_change", args=[asked.pk])
    client.force_login(chief)
    page = client.get(address).content.decode()
    assert "Test order 12/26" in page and NAME not in page
    client.force_login(editor)
    assert client.get(address).status_code in {302, 403}


def test_the_log_never_holds_the_words_and_a_reader_without_leave_sees_no_blanked_line(client, chief, second, asked):
    hidden = factories.source(text="Test\n", title=f"Protected, by {NAME}", protected=True)
    claim = factories.claim()
    factories.evidence(claim, source=hidden, excerpt=f"Said {NAME}, secretly")
    assert all(NAME not in str(line.values) for line in Change.objects.filter(kind="redaction"))
    client.force_login(second)
    confirm(factories.looked_through(asked), by=second)
    client.post(reverse("confirm_redaction", args=[asked.pk]), {"version": 2})
    auditor = factories.person("aud", "auditor")
    client.force_login(auditor)
    assert "secretly" not in words_of(client.get(reverse("claim_history", args=[claim.pk])))
    assert Act.objects.filter(verb="redaction.confirm", actor=second).count() == 1
