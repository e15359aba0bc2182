"""One document serves many claims: a source is found while its title or address is typed, and named by either."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from claims.forms.evidence import EvidenceForm
from claims.models import Source
from claims.models.editing import edit_source
from claims.models.evidencing import add_evidence, edit_evidence
from claims.search import find
from claims.search.find import newest_sources_like
from claims.states import NotAllowed
from tests import factories

UNKNOWN = "No source has this number, address or title. Choose one, or write a new one."


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


@pytest.fixture
def auditor(db):
    return factories.person("anna", "auditor")


def offered(client, text):
    """The numbers of the sources that the list offers, in its order."""
    page = client.get(reverse("find_source"), {"text": text}).content.decode()
    return [int(number) for number in re.findall(r'data-value="(\d+)\. ', page)]


def named(claim, user, **values):
    typed = {"once": uuid4(), "kind": "document", "stance": "supports", "origin": "Test office", "primary": "on"}
    return EvidenceForm(typed | values, user=user, claim=claim)


def test_words_of_title_and_address_find_the_newest_first(desk):
    first = factories.source(title="The Harbour Ledger")
    second = factories.source(title="Élan of lamps", url="https://www.lamps.example/harbour/12?page=4")
    assert offered(desk, "harb") == [second.pk, first.pk]
    assert offered(desk, "ELAN lam") == [second.pk]
    assert offered(desk, "https://lamps.example/harbour/12") == [second.pk]
    assert offered(desk, "arbour") == []
    assert offered(desk, "h") == []
    assert offered(desk, "' OR \"*) NOT -- %") == []
    edit_source(first, by=None, title="The Mountain Ledger")
    assert offered(desk, "harbour") == [second.pk]
    assert offered(desk, "mountain") == [first.pk]


def test_a_number_finds_its_source_first(desk):
    first = factories.source(title="The Harbour Ledger")
    second = factories.source(title=f"{first.pk}{first.pk} lamps and {first.pk}0 boats")
    assert offered(desk, str(first.pk))[:1] == [first.pk]
    assert offered(desk, f"{first.pk}0")[-1:] == [second.pk]
    assert offered(desk, "9" * 30) == []


def test_at_most_ten_are_offered_and_an_empty_list_says_what_to_do(desk, django_assert_num_queries):
    for number in range(12):
        factories.source(title=f"Lamps of May {number}", publisher=factories.publisher())
    with django_assert_num_queries(4):
        assert len(offered(desk, "lamps may")) == 10
    answer = desk.get(reverse("find_source"), {"text": "boats"}).content.decode()
    assert "Write a new one below" in answer


def test_rare_words_are_found_beyond_the_newest(desk, monkeypatch):
    monkeypatch.setattr(find, "NEAR", 3)
    old = factories.source(title="The Harbour Ledger")
    for _each in range(5):
        factories.source(title="Lamps of May")
    last = factories.source(title="Another Ledger")
    assert offered(desk, "ledger") == [last.pk, old.pk]


def test_a_protected_source_is_offered_to_nobody_who_may_not_see_it(client, checker, auditor):
    closed = factories.source(title="The hidden ledger", url="https://hidden.example/1", protected=True)
    client.force_login(auditor)
    for text in ("hidden", "https://hidden.example/1", str(closed.pk)):
        assert offered(client, text) == []
    client.force_login(checker)
    assert offered(client, "hidden") == [closed.pk]


def test_both_databases_ask_an_index(db):
    factories.source(title="The Harbour Ledger")
    query = find._sources_with(Source.objects.all(), ["harb"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            assert "claims_sourceindex" in query.explain()
        else:
            assert "VIRTUAL TABLE INDEX" in query.explain()


def test_a_word_longer_than_an_index_takes(desk):
    long = "x" * 400
    made = factories.source(title=long, url="https://long.example/" + "é" * 1_900)
    assert offered(desk, long) == [made.pk]


def test_a_source_is_named_by_number_address_or_title(checker):
    claim = factories.claim()
    meant = factories.source(title="2026. A year of lamps", url="https://lamps.example/2026/")
    for words in (
        str(meant.pk), f"#{meant.pk}", f"{meant.pk}. 2026. A year of lamps", "2026. a YEAR of lámps",
        "https://lamps.example/2026", "https://lamps.example/2026/",
    ):  # fmt: skip
        form = named(claim, checker, source=words)
        assert form.is_valid(), (words, form.errors)
        assert form.cleaned_data["source"] == meant
    for words in (f"{meant.pk}. Another title", "https://lamps.example/", "A year of", "99999999", "9" * 400):
        assert named(claim, checker, source=words).errors == {"source": [UNKNOWN]}


def test_of_several_with_one_title_the_number_is_asked_for(checker):
    claim = factories.claim()
    first, second = factories.source(title="Tide tables"), factories.source(title="Tide Tables")
    said = f"Several sources fit: {first.pk}, {second.pk}. Write the number of the one you mean."
    assert named(claim, checker, source="tide tables").errors == {"source": [said]}


def test_a_new_source_comes_with_its_evidence_in_one_act(desk, checker):
    claim = factories.claim()
    typed = {
        "once": uuid4(), "kind": "document", "stance": "supports", "origin": "Test office", "primary": "on",
        "source_title": "Tide tables", "source_url": "https://tides.example/1", "source_publisher": "Tide House",
        "source_text": "41 lamps\n",
    }  # fmt: skip
    desk.post(reverse("add_evidence", args=[claim.pk]), typed)
    piece = claim.evidence.get()
    assert (piece.source.title, piece.source.publisher.name, piece.snapshot.text) == (
        "Tide tables", "Tide House", "41 lamps\n",
    )  # fmt: skip
    again = desk.post(reverse("add_evidence", args=[claim.pk]), typed | {"once": uuid4()})
    said = f"This address is known: name source {piece.source.pk} instead, so that it is kept once."
    assert again.context["form"].errors == {"source_url": [said]}
    assert again.context["form"]["source_title"].value() == "Tide tables"
    assert Source.objects.titled("Tide tables") == [piece.source]


def test_a_known_and_a_new_source_at_once_are_one_too_many(checker):
    claim, where = factories.claim(), factories.source()
    form = named(claim, checker, source=where.pk, source_title="Tide tables")
    assert form.errors == {"source": ["Name one source: a known one, or a new one by its title."]}


def test_who_may_not_add_sources_adds_none_by_evidence(auditor, checker, monkeypatch):
    claim, where = factories.claim(), factories.source()
    monkeypatch.setattr(type(auditor), "may", lambda self, what: what in {"read_desk", "write_evidence"})
    assert "source_title" not in named(claim, auditor).fields
    values = {"kind": "document", "stance": "supports", "origin": "Test office", "source": {"title": "Tide tables"}}
    with pytest.raises(NotAllowed):
        add_evidence(claim, by=auditor, **values)
    piece = add_evidence(claim, by=auditor, **values | {"source": where})
    with pytest.raises(NotAllowed):
        edit_evidence(piece, by=auditor, source={"title": "Tide tables"})
    assert Source.objects.titled("Tide tables") == []


def test_the_form_of_known_evidence_shows_its_source_in_words(desk, checker):
    piece = factories.evidence(factories.claim(), source=factories.source(title="Tide tables"))
    form = desk.get(reverse("edit_evidence", args=[piece.pk])).context["form"]
    assert form["source"].value() == f"{piece.source.pk}. Tide tables"
    assert newest_sources_like(Source.objects.all(), "tide", 10) == [piece.source]
