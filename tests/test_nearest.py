"""Claims whose words are like a text: rule 7, so the same answer on both databases."""

import pytest

from claims.models import Claim
from claims.search import nearest as module
from claims.search.nearest import nearest
from tests import factories

pytestmark = pytest.mark.django_db


def near(text, most=5):
    return [claim.statement for claim in nearest(Claim.objects.all(), text, most)]


@pytest.fixture
def claims(db):
    where = factories.source(text="Nobody said anything about it.\n")
    for statement in (
        "Forty-one lamps burned on the harbour wall in May",
        "The ministry spent 18 million on the lamps",
        "The minister never met the pilots",
        "Eighteen boats left the harbour",
        "The pilots counted 30 lamps, and no more than 32",
    ):
        factories.claim(statement=statement, where=where, quote="Nobody said anything")


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("“Forty-one lamps are burning on the wall”", ["Forty-one lamps burned on the harbour wall in May"]),
        ("a minister who never meets a pilot", ["The minister never met the pilots"]),
        ("lamps cost the ministry 18 million", ["The ministry spent 18 million on the lamps"]),
        ("the crews' pilots say lamps: 30 to 32", ["The pilots counted 30 lamps, and no more than 32"]),
        ("whales sing below the ice", []),
        ("harbour", ["Eighteen boats left the harbour", "Forty-one lamps burned on the harbour wall in May"]),
        ("… – “”", []),
        ("", []),
    ],
)
def test_the_nearest_come_first_and_what_shares_little_not_at_all(claims, text, statements):
    assert near(text) == statements


def test_words_of_an_appearance_count_as_those_of_the_statement(db):
    factories.claim(statement="Something else entirely", quote="We relit 41 lamps in May.")
    assert near("relit 41 lamps") == ["Something else entirely"]


def test_the_name_of_who_said_it_makes_no_claim_alike(db):
    factories.claim(statement="Something else entirely", said_by=factories.claimant("Testina Lampwright"))
    assert near("Testina Lampwright") == []


def test_words_of_a_protected_source_lead_nobody_to_its_claim(db):
    where = factories.source(protected=True, text="The hidden walrus counted lamps.\n")
    factories.claim(statement="A count was made", where=where, quote="The hidden walrus counted lamps.")
    assert near("the hidden walrus counted") == []


def test_no_more_than_were_asked_for_and_the_newest_of_the_equal(db):
    made = [factories.claim(statement="Lamps burn at night") for _each in range(4)]
    found = nearest(Claim.objects.all(), "lamps burn at night", 3)
    assert found == made[:0:-1]


def test_words_that_many_claims_hold_lead_there_together(db, monkeypatch):
    monkeypatch.setattr(module, "RARE", 3)
    for number in range(5):
        factories.claim(statement=f"harbour {number}", quote="Nobody else counted.")
        factories.claim(statement=f"walrus {number}", quote="Nobody else counted.")
    both = factories.claim(statement="harbour walrus", quote="Nobody else counted.")
    assert near("harbour walrus") == [both.statement]


def test_a_rare_word_weighs_more_than_several_common_ones(db):
    for number in range(12):
        factories.claim(statement=f"lamps burn at night in place {number}", quote="Nobody else counted.")
    rare = factories.claim(statement="A walrus swam by the lamps", quote="Nobody else counted.")
    assert near("the walrus and the lamps burn", 1) == [rare.statement]


@pytest.mark.parametrize("number", [1, 40])
def test_it_costs_the_same_however_many(db, django_assert_num_queries, number):
    for each in range(number):
        factories.claim(statement=f"lamps burn at night {each}")
    with django_assert_num_queries(3):
        assert len(near("lamps burn at night", 5)) == min(number, 5)


def test_a_text_of_five_thousand_characters_is_no_trouble(claims):
    assert near("Forty-one lamps burned on the harbour wall. " * 110) == [
        "Forty-one lamps burned on the harbour wall in May"
    ]
