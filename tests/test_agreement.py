"""How often blind second opinions agreed with the draft: counted by hand, by period and by topic."""

import pytest
from django.urls import reverse

from claims.models import Rating, SecondOpinion
from claims.models.opinions import ask_opinion
from tests import factories
from tests.test_check_pages import at
from tests.test_statistics_pages import YEAR, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(clock, checker, chief):
    """Six opinions of 2026, seen on 23 November: the draft's rating, the opinion's, when, on which topics."""
    for first, other, moment, topics in [
        ("true", "true", "2026-02-01 12:00", ["Lamps"]),
        ("true", "mostly-true", "2026-02-02 12:00", ["Lamps", "Oil"]),
        ("true", "false", "2026-08-01 12:00", ["Lamps"]),
        ("misleading", "misleading", "2026-08-02 12:00", []),
        ("misleading", "false", "2026-08-03 12:00", ["Oil"]),
        ("false", None, "2026-08-04 12:00", ["Oil"]),
    ]:
        clock.at(moment)
        check = factories.draft(by=checker, on=factories.selected(topics=topics), rating=first)
        rating = other and Rating.objects.get(slug=other)
        ask_opinion(check, by=checker, asked_of=chief).give(by=chief, rating=rating, reasons="Test")
    clock.at("2026-11-23 12:00")


def counts(row):
    names = ("opinions", "both_rated", "same_rating", "both_numbered", "within_one_step")
    return [int(row.get(name, 0)) for name in names]


def test_agreement_is_counted_by_period(year, checker):
    rows = taken(at(checker), "agreement")
    assert [(row["period"], counts(row)) for row in rows] == [
        ("2026-Q1", [2, 2, 1, 2, 2]),
        ("2026-Q2", [0, 0, 0, 0, 0]),
        ("2026-Q3", [4, 3, 1, 1, 0]),
        ("2026-Q4", [0, 0, 0, 0, 0]),
    ]


def test_and_by_topic_an_opinion_counting_for_each_of_them(year, checker):
    vera = at(checker)
    assert [(row["topic"], row["period"], counts(row)) for row in taken(vera, "agreement-by-topic")] == [
        ("Lamps", "2026-Q1", [2, 2, 1, 2, 2]),
        ("Lamps", "2026-Q3", [1, 1, 0, 1, 0]),
        ("Oil", "2026-Q1", [1, 1, 0, 1, 1]),
        ("Oil", "2026-Q3", [2, 1, 0, 0, 0]),
    ]
    [one] = {row["topic"] for row in taken(vera, "agreement-by-topic", f"{YEAR}&topic=oil")}
    assert one == "Oil"
    assert sum(counts(row)[0] for row in taken(vera, "agreement", f"{YEAR}&topic=oil")) == 3
    assert sum(counts(row)[0] for row in taken(vera, "agreement", f"{YEAR}&rating=misleading")) == 2


def test_what_is_changed_afterwards_changes_no_agreement(year, checker):
    opinion = SecondOpinion.objects.get(first_rating__slug="misleading", rating__slug="false")
    opinion.check_file.edit(by=checker, rating=opinion.rating)
    assert counts(taken(at(checker), "agreement")[2]) == [4, 3, 1, 1, 0]


def test_an_opinion_that_is_kept_from_somebody_is_not_counted_for_them(year, checker):
    check = SecondOpinion.objects.latest("pk").check_file
    sela = factories.person("sela", "fact-checker")
    ask_opinion(check, by=checker, asked_of=sela)
    assert [counts(taken(at(person), "agreement")[2])[0] for person in (checker, sela)] == [4, 3]


def test_the_page_shows_the_same_numbers(year, checker):
    shown = at(checker).get(reverse("statistics") + f"?{YEAR}").text
    assert "Blind second opinions by topic" in shown and "part=agreement-by-topic" in shown
