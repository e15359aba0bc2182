"""Sources: the list, pasting an article, and reading it with the claims' words marked."""

import html
import re
from time import monotonic
from uuid import uuid4

import pytest
from django.urls import reverse

from claims.models import Anchor, Claim, Publisher, Source
from claims.models.noting import add_appearance
from claims.views.reading import MOST_PARAGRAPHS, paragraphs
from tests import factories

TWICE = "Lamps burn. We relit lamps.\nWe relit lamps.\n"


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


def read(client, source):
    return client.get(source.get_absolute_url())


def shown(answer):
    """The text as the page holds it, without the marks."""
    inside = re.search(r'<div class="text[^>]*>(.*?)</div>', answer.content.decode(), re.S).group(1)
    return html.unescape(re.sub(r"<[^>]+>", "", inside))


def mark(client, source, **values):
    typed = {
        "once": uuid4(), "quote": factories.QUOTE, "statement": "41 test lamps were relit", "language": "en",
        "kind": "figure", "priority": 2, "said_by": "Mirabel Testwell", "mode": "direct", "said_on_precision": "day",
    }  # fmt: skip
    return client.post(reverse("mark_quote", args=[source.pk]), typed | values)


def source_form(**values):
    return {"once": uuid4(), "title": "The Test Gazette", "language": "en", **values}


def test_pasting_an_article_keeps_it_as_it_is(desk, checker):
    text = "  First line.\r\n\r\n\tSecond “line” 🙂 שלום \r\n"
    answer = desk.post(
        reverse("new_source"),
        source_form(
            text=text, url="https://gazette.example/a?b=1", publisher="Gazette House", byline="A. Testhand",
            published_on="2026-05-31", protected="on", note="=Not known: who wrote it",
        ),
    )  # fmt: skip
    source = Source.objects.get()
    assert answer.url == source.get_absolute_url()
    assert source.full_text().text == text.replace("\r\n", "\n")
    assert (source.publisher.name, source.byline, str(source.published_on)) == (
        "Gazette House", "A. Testhand", "2026-05-31",
    )  # fmt: skip
    assert (source.protected, source.note) == (True, "=Not known: who wrote it")
    assert shown(read(desk, source)) == text.replace("\r\n", "\n")


def test_a_known_publisher_is_not_made_twice(desk):
    desk.post(reverse("new_source"), source_form(publisher="Gazette House"))
    desk.post(reverse("new_source"), source_form(publisher="gazette HOUSE"))
    assert Publisher.objects.count() == 1


def test_the_list_finds_words_of_title_and_address(desk):
    first = factories.source(title="The Harbour Ledger")
    second = factories.source(title="Élan of lamps", url="https://lamps.example/harbour")
    factories.claim(where=first)

    def found(text):
        return [source for source, _claims in desk.get(reverse("sources"), {"text": text}).context["rows"]]

    assert found("") == [second, first]
    assert found("harbour") == [second, first]
    assert found("ELAN lamps") == [second]
    assert found("ledger lamps") == []
    assert desk.get(reverse("sources")).context["rows"] == [(second, 0), (first, 1)]


@pytest.mark.parametrize("number", [1, 40])
def test_the_list_costs_the_same_however_long(desk, django_assert_num_queries, number):
    for _each in range(number):
        factories.claim(where=factories.source(publisher=factories.publisher()))
    with django_assert_num_queries(5):
        desk.get(reverse("sources"))


def test_the_reader_marks_the_words_and_leads_there_and_back(desk):
    where = factories.source()
    claim = factories.claim(where=where)
    text = read(desk, where).content.decode()
    spot = f'<span class="spot" id="words-{claim.principal_appearance_id}"></span>'
    words = f'{spot}<mark class="depth-1" data-claims="{claim.pk}">'
    assert words + factories.QUOTE + "</mark>" in text
    assert f'href="#claim-{claim.pk}"' in text
    assert f'<li id="claim-{claim.pk}">' in text
    assert f'href="#words-{claim.principal_appearance_id}"' in text
    assert shown(read(desk, where)) == factories.TEXT


def test_overlapping_marks_are_all_shown(desk):
    where = factories.source(text="one two three four five\n")
    first = factories.claim(where=where, quote="one two three four")
    second = factories.claim(where=where, quote="three four five")
    same = factories.claim(where=where, quote="three four five")
    lines = paragraphs(where.full_text().text, list(Anchor.objects.select_related("appearance")))
    pieces = [(piece.text, piece.depth, [each.claim_id for each in piece.ends]) for piece in lines[0]]
    assert pieces == [
        ("one two ", 1, []),
        ("three four", 3, [first.pk]),
        (" five", 2, [second.pk, same.pk]),
        ("\n", 0, []),
    ]
    assert [entry.claim for entry in read(desk, where).context["entries"]] == [first, second, same]


@pytest.mark.parametrize("number", [1, 30])
def test_the_reader_costs_the_same_however_many_claims(desk, django_assert_num_queries, number):
    where = factories.source(text="lamp\n" + "".join(f"lamp number {each}.\n" for each in range(number)))
    for each in range(number):
        factories.claim(where=where, quote=f"lamp number {each}.")
    read(desk, where)
    with django_assert_num_queries(13):
        read(desk, where)


def test_a_million_characters_and_five_hundred_claims(desk):
    line = "The harbour lamps burn oil, and somebody counted them again in May this year.\n"
    text = "".join(f"{number:05d} {line}" for number in range(11_900))[:1_000_000]
    where = factories.source(text=text)
    claim = factories.claim(where=where, quote="00000 The harbour")
    for number in range(1, 500):
        add_appearance(claim, by=None, source=where, quote=f"{number * 20:05d} The harbour lamps")
    began = monotonic()
    answer = read(desk, where)
    assert monotonic() - began < 10
    assert len(answer.content) < 4_000_000
    assert (text.count("\n") > MOST_PARAGRAPHS, answer.context["one_block"]) == (True, True)
    assert shown(answer) == text


def test_words_become_a_claim(desk, checker):
    where = factories.source()
    answer = mark(desk, where, topics="lamps")
    claim = Claim.objects.get()
    assert answer.url == f"{where.get_absolute_url()}#words-{claim.principal_appearance_id}"
    assert (claim.principal_appearance.source, claim.principal_appearance.quote) == (where, factories.QUOTE)


def test_words_become_a_further_appearance(desk):
    claim, where = factories.claim(), factories.source()
    answer = mark(desk, where, claim=claim.pk, statement="", said_by="")
    further = claim.appearances.get(source=where)
    assert answer.url == f"{where.get_absolute_url()}#words-{further.pk}"
    assert (further.claimant, Claim.objects.count()) == (claim.claimant, 1)


def test_a_new_claim_from_the_reader_needs_statement_and_name(desk):
    answer = mark(desk, factories.source(), statement="", said_by="")
    needed = ["A new claim needs this."]
    assert answer.context["form"].errors == {"statement": needed, "said_by": needed}
    assert mark(desk, factories.source(), claim=99).context["form"].errors == {
        "claim": ["There is no claim of this number."]
    }


def test_words_that_stand_twice_ask_which_place(desk):
    where = factories.source(text=TWICE)
    answer = mark(desk, where, quote="We relit lamps.")
    form = answer.context["form"]
    assert form.errors == {"quote": ["These words occur more than once in the text. Say which place you mean."]}
    assert [place.start for place in form.places] == [12, 28]
    text = answer.content.decode()
    assert re.findall(r'type="radio" name="place" value="(\d+)"', text) == ["12", "28"]
    assert text.count('name="place"') == 2
    assert "41 test lamps were relit" in text
    mark(desk, where, quote="We relit lamps.", place=28)
    assert Anchor.objects.get().start == 28


def test_words_that_stand_everywhere_ask_for_more_of_them(desk):
    where = factories.source(text="lamp " * 1_000)
    answer = mark(desk, where, quote="lamp")
    assert answer.context["form"].errors == {
        "quote": ["These words occur 1000 times in the text. Copy more of the words around them."]
    }


def test_a_place_left_over_from_other_words_is_not_believed(desk):
    where = factories.source(text=TWICE)
    mark(desk, where, quote="Lamps burn.", place=28)
    assert Anchor.objects.get().start == 0


def test_a_changed_text_stands_beside_the_earlier_one(desk):
    where = factories.source()
    claim = factories.claim(where=where)
    url = reverse("paste_text", args=[where.pk])
    assert desk.post(url, {"once": uuid4(), "text": "All of it is new.\r\n"}).url == where.get_absolute_url()
    assert (where.full_text().text, where.snapshots.count()) == ("All of it is new.\n", 2)
    answer = read(desk, where)
    assert [(entry.claim, entry.here) for entry in answer.context["entries"]] == [(claim, False)]
    assert "not in this text" in answer.content.decode()
    assert "2 texts kept" in answer.content.decode()


def test_a_source_without_its_text_shows_the_words_alone(desk):
    where = factories.source(text="")
    factories.claim(where=where, quote="Only these words.")
    text = read(desk, where).content.decode()
    assert "only the exact words of the claims are" in text
    assert "Only these words." in text


def test_editing_a_source(desk):
    outer, where = factories.source(), factories.source()
    url = reverse("edit_source", args=[where.pk])
    values = source_form(version=where.version, publisher="Gazette House", contained_in=outer.pk)
    assert desk.post(url, values).status_code == 302
    where.refresh_from_db()
    assert (where.title, where.publisher.name, where.contained_in) == ("The Test Gazette", "Gazette House", outer)
    answer = desk.post(url, values | {"version": where.version, "contained_in": where.pk, "once": uuid4()})
    assert answer.context["form"].errors == {"contained_in": ["A source cannot be contained in itself."]}


def test_a_protected_source_is_not_there_for_who_may_not_see_it(client, db):
    closed = factories.source(title="The hidden ledger", protected=True)
    inner = factories.source(contained_in=closed)
    client.force_login(factories.person("anna", "auditor"))
    assert read(client, closed).status_code == 404
    assert "hidden ledger" not in client.get(reverse("sources")).content.decode()
    assert "hidden ledger" not in read(client, inner).content.decode()


def test_an_auditor_reads_and_writes_nothing(client, db):
    where = factories.source()
    client.force_login(factories.person("anna", "auditor"))
    assert "<textarea" not in read(client, where).content.decode()
    assert mark(client, where).status_code == 403
    for name in ("edit_source", "paste_text"):
        assert client.post(reverse(name, args=[where.pk])).status_code == 403
    assert client.post(reverse("new_source")).status_code == 403
