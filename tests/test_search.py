"""Rule 7 for the text filter: the same tokens, so the same answer, on both databases; right after every verb."""

import pytest
from django.db import models

from claims.models import Claim, SearchDocument
from claims.models.editing import edit_claimant, edit_source
from claims.models.noting import add_appearance, edit_claim
from claims.search.find import each_matching, matching, some_matching
from tests import factories

pytestmark = pytest.mark.django_db


def found(query):
    """By each of the three ways in which words are asked for, which must not differ."""
    claims = Claim.objects.all()
    ways = [matching(claims, query), some_matching(claims, query, 1_000), each_matching(claims, query)]
    first, *others = [sorted(way.values_list("statement", flat=True)) for way in ways]
    assert others == [first, first]
    return first


@pytest.fixture
def claims(db):
    factories.claim(statement="The minister broke five agreements", language="en")
    factories.claim(statement="El ministro rompió cinco acuerdos", language="es")
    factories.claim(statement="At least 14,407 returned by e-mail (78%)", language="en")
    factories.claim(statement="Лампы горят в порту", language="ru")
    factories.claim(statement="İstanbul burned ⑴ lamp", language="en")


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ("agreement", ["The minister broke five agreements"]),
        ("AGREEMENTS five", ["The minister broke five agreements"]),
        ("acuerdo", ["El ministro rompió cinco acuerdos"]),
        ("rompio", ["El ministro rompió cinco acuerdos"]),
        ("14,407", ["At least 14,407 returned by e-mail (78%)"]),
        ("e-mail 78", ["At least 14,407 returned by e-mail (78%)"]),
        ("лампы", ["Лампы горят в порту"]),
        ("istanbul", ["İstanbul burned ⑴ lamp"]),
        ("İSTANBUL (1)", ["İstanbul burned ⑴ lamp"]),
        ("⑴", ["İstanbul burned ⑴ lamp"]),
        ("five cinco", []),
        ("nothing-like-it", []),
        ("“ ” …", []),
        ("", []),
        ("' OR 1=1 --", []),
        ('five" AND "', []),
        ("NOT five*", []),
        ("-five :* & | !", ["The minister broke five agreements"]),
        ("🙂", []),
        ("five \x00", ["The minister broke five agreements"]),
        ("x" * 5000, []),
        ("five " * 500, ["The minister broke five agreements"]),
    ],
)
def test_every_word_counts_in_any_form_and_no_query_is_an_error(query, statements, claims):
    assert found(query) == statements


def test_some_of_many_are_so_many_of_all_and_each_of_a_narrowed_list(claims):
    factories.claim(statement="Five harbours opened", kind="figure")
    assert some_matching(Claim.objects.all(), "five", 1).count() == 1
    narrowed = some_matching(Claim.objects.filter(kind="figure"), "five", 1)
    assert [claim.statement for claim in narrowed] == ["Five harbours opened"]


def test_quotes_names_aliases_and_sources_are_searched():
    person = factories.claimant("Mirabel Testwell", aliases=["The Lamp Lady"])
    claim = factories.claim(said_by=person, statement="One", where=factories.source(title="The Harbour Bulletin"))
    for query in ("relit", "mirabel", "lamp lady", "harbour bulletin", "relit mirabel bulletin"):
        assert found(query) == ["One"]
    edit_claim(claim, by=None, statement="Two")
    edit_claimant(person, by=None, name="Amaryllis Otherwise", aliases=[])
    edit_source(claim.principal_appearance.source, by=None, title="The Gazette")
    assert [found(query) for query in ("one", "mirabel", "lamp lady", "bulletin")] == [[], [], [], []]
    assert [found(query) for query in ("two", "amaryllis", "gazette")] == [["Two"], ["Two"], ["Two"]]
    add_appearance(claim, by=None, source=factories.source(), quote="The lamps burn oil.")
    assert found("burn oil") == ["Two"]


def test_a_protected_source_is_not_found_by_its_title_or_words():
    claim = factories.claim(statement="One", where=factories.source(title="Secret ledger", protected=True))
    assert [found("ledger"), found("relit"), found("one")] == [[], [], ["One"]]
    edit_source(claim.principal_appearance.source, by=None, protected=False)
    assert found("ledger") == ["One"]


def test_every_claim_has_its_document(claims):
    assert models.QuerySet(SearchDocument).count() == Claim.objects.count() == 5
