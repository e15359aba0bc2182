"""What the desk has done, counted: every number here was counted by hand from what its test made."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from claims.models import Claim, Rating, Topic, Verdict
from claims.models import statistics as counting
from claims.models.claimants import add_claimant
from claims.models.editing import edit_claimant
from claims.models.periods import By, Period, split
from claims.models.publishing import publish
from claims.models.statistics import Scope, Turnaround
from tests import factories

YEAR = list(split(date(2026, 1, 1), date(2026, 12, 31), By.QUARTER))
EVERYTHING = [Period(date(2020, 1, 1), date(2029, 12, 31))]


def in_force():
    return Verdict.objects.in_force()


# Verdicts by rating over time


def test_verdicts_are_counted_by_period_and_rating(published):
    for moment, rating in [
        ("2026-01-01 00:00", "true"), ("2026-03-31 23:59:59.999999", "true"), ("2026-04-01 00:00", "false"),
        ("2026-12-31 23:59:59", "half-true"), ("2025-12-31 23:59:59", "true"), ("2027-01-01 00:00", "true"),
    ]:  # fmt: skip
        published(moment, rating=rating)
    assert counting.by_rating(in_force(), YEAR) == {(0, "true"): 2, (1, "false"): 1, (3, "half-true"): 1}


@pytest.mark.parametrize(
    ("zone", "counted"),
    [("UTC", {(3, "true"): 1}), ("Europe/Madrid", {}), ("America/New_York", {(3, "true"): 1})],
)
def test_half_past_eleven_on_new_year_s_eve_counts_in_the_desk_s_own_year(published, settings, zone, counted):
    settings.TIME_ZONE = zone
    published("2026-12-31 23:30")
    assert counting.by_rating(in_force(), YEAR) == counted


def test_a_reader_s_own_time_zone_changes_no_number(published):
    published("2026-03-31 23:30")
    with timezone.override("Asia/Tokyo"):
        assert counting.by_rating(in_force(), YEAR) == {(0, "true"): 1}


def test_an_attribution_alone_counts_without_a_rating(clock, checker, editor):
    clock.at("2026-05-05 12:00")
    claim = factories.selected(appearance={"attribution": "not_so"})
    factories.verdict(checker, editor, on=claim, rating=None)
    assert counting.by_rating(in_force(), YEAR) == {(1, ""): 1}


def test_a_superseded_verdict_gives_way_to_the_one_in_force(published, clock, checker, editor, chief):
    first = published("2026-02-01 12:00", rating="true")
    published("2026-02-02 12:00", rating="true")
    clock.at("2026-08-01 12:00")
    factories.replaced(first, checker, editor, chief, rating=Rating.objects.get(slug="false"))
    assert counting.by_rating(in_force(), YEAR) == {(0, "true"): 1, (2, "false"): 1}
    assert counting.replacements(Verdict.objects.all(), YEAR) == [(2, 0), (0, 0), (1, 1), (0, 0)]


def test_sixty_months_are_told_apart(published):
    months = list(split(date(2022, 1, 1), date(2026, 12, 31), By.MONTH))
    published("2022-01-31 23:59:59")
    published("2024-07-01 00:00")
    published("2026-12-31 23:59:59")
    assert counting.by_rating(in_force(), months) == {(0, "true"): 1, (30, "true"): 1, (59, "true"): 1}


# Side by side


def beside(name, scope=None, periods=YEAR, most=6):
    scope = scope or Scope()
    return counting.side_by_side(scope.of_verdicts(in_force()), scope, name, periods, most)


def test_claimants_stand_side_by_side_the_one_with_most_verdicts_first(published):
    ada, ben, cleo = (factories.claimant(name) for name in ("Ada Testmann", "Ben Testmann", "Cleo Testmann"))
    published("2026-01-02 12:00", said_by=ada, rating="false")
    published("2026-05-02 12:00", said_by=cleo)
    published("2026-05-03 12:00", said_by=cleo, rating="false")
    published("2026-05-04 12:00", said_by=ben)
    assert beside("claimant") == [
        ("Cleo Testmann", {(1, "true"): 1, (1, "false"): 1}),
        ("Ada Testmann", {(0, "false"): 1}),
        ("Ben Testmann", {(1, "true"): 1}),
    ]
    assert [words for words, _counts in beside("claimant", most=2)] == ["Cleo Testmann", "Ada Testmann"]


def test_two_claimants_of_one_name_stay_two(published):
    for kind in ("person", "organisation"):
        published("2026-01-02 12:00", said_by=add_claimant(by=None, name="The Lamp", kind=kind))
    assert beside("claimant") == [("The Lamp", {(0, "true"): 1})] * 2


def test_a_corrected_name_corrects_the_statistics(published):
    verdict = published("2026-01-02 12:00", said_by=factories.claimant("Ada Tetsmann"))
    edit_claimant(verdict.claim.claimant, by=None, name="Ada Testmann")
    assert beside("claimant") == [("Ada Testmann", {(0, "true"): 1})]


def test_a_verdict_with_two_topics_counts_in_both_and_one_without_in_none(published):
    published("2026-01-02 12:00", topics=["Lamps", "Oil"])
    published("2026-04-02 12:00", topics=["Oil"], rating="false")
    published("2026-04-02 12:00")
    assert beside("topic") == [("Oil", {(0, "true"): 1, (1, "false"): 1}), ("Lamps", {(0, "true"): 1})]
    oil = Scope(topics=[Topic.objects.get(name="Oil").pk])
    assert beside("topic", oil) == [("Oil", {(0, "true"): 1, (1, "false"): 1})]


def test_kinds_and_ratings_stand_side_by_side(published):
    published("2026-01-02 12:00", kind="figure")
    published("2026-01-02 12:00", kind="cause")
    published("2026-04-02 12:00", kind="cause", rating="false")
    assert beside("kind") == [("cause", {(0, "true"): 1, (1, "false"): 1}), ("figure", {(0, "true"): 1})]
    assert beside("rating") == [("true", {(0, "true"): 2}), ("false", {(1, "false"): 1})]


ROLES = [
    {"role": "Keeper", "since": None, "until": date(2024, 12, 31), "party": "Oil Party"},
    {"role": "Mayor", "since": date(2025, 1, 1), "until": date(2025, 6, 30), "party": "Lamp Party"},
    {"role": "Chair", "since": date(2025, 6, 30), "until": None, "party": "Lamp Party"},
    {"role": "Guest", "since": date(2025, 6, 30), "until": date(2025, 6, 30), "party": "Gas Party"},
    {"role": "Angler", "since": None, "until": None, "party": ""},
]


@pytest.mark.parametrize(
    ("said_on", "parties"),
    [
        (date(2024, 12, 31), ["Oil Party"]),
        (date(2025, 1, 1), ["Lamp Party"]),
        # Two roles for one party on one day make no second verdict; two parties count the verdict in each.
        (date(2025, 6, 30), ["Lamp Party", "Gas Party"]),
        (date(2025, 7, 1), ["Lamp Party"]),
        (None, []),
    ],
)
def test_the_party_is_that_of_the_role_on_the_day_of_the_statement(published, said_on, parties):
    ada = add_claimant(by=None, name="Ada Testmann", roles=ROLES)
    published("2026-01-02 12:00", said_by=ada, appearance={"said_on": said_on})
    assert beside("party") == [(party, {(0, "true"): 1}) for party in parties]
    assert [party for party in ("Oil Party", "Lamp Party", "Gas Party") if beside("party", Scope(parties=[party]))] == [
        party for party in ("Oil Party", "Lamp Party", "Gas Party") if party in parties
    ]


def test_a_role_without_days_is_held_even_on_a_day_that_nobody_knows(published):
    roles = [{"role": "Keeper", "since": None, "until": None, "party": "Oil Party"}]
    ada = add_claimant(by=None, name="Ada Testmann", roles=roles)
    published("2026-01-02 12:00", said_by=ada)
    assert beside("party") == [("Oil Party", {(0, "true"): 1})]


def test_a_scope_narrows_verdicts_and_claims(published):
    roles = [{"role": "Keeper", "since": None, "until": None, "party": "Oil Party"}]
    ada = add_claimant(by=None, name="Ada Testmann", roles=roles)
    hers = published("2026-01-02 12:00", said_by=ada, kind="cause", topics=["Lamps"], rating="false")
    published("2026-01-02 12:00", said_by=factories.claimant("Ben Testmann"))
    lamps = Topic.objects.get().pk
    for scope in (
        Scope(claimants=[ada.pk]), Scope(parties=["Oil Party"]), Scope(topics=[lamps]), Scope(kinds=["cause"]),
    ):  # fmt: skip
        assert list(scope.of_verdicts(in_force())) == [hers]
        assert list(scope.of_claims(Claim.objects.all())) == [hers.claim]
    assert list(Scope(ratings=["false", "half-true"]).of_verdicts(in_force())) == [hers]
    assert Scope(ratings=["false"]).of_claims(Claim.objects.all()).count() == 2
    assert list(Scope(claimants=[ada.pk], kinds=["figure"]).of_verdicts(in_force())) == []


@pytest.mark.parametrize(("protected", "found"), [(False, 1), (True, 0)])
def test_the_party_of_an_open_claim_tells_no_protected_day(db, protected, found):
    roles = [{"role": "Keeper", "since": None, "until": date(2026, 6, 30), "party": "Oil Party"}]
    ada = add_claimant(by=None, name="Ada Testmann", roles=roles)
    where = factories.source(protected=protected)
    factories.selected(said_by=ada, where=where, appearance={"said_on": date(2026, 6, 30)})
    assert Scope(parties=["Oil Party"]).of_claims(Claim.objects.all()).count() == found


# Turnaround


def took(clock, checker, editor, moment, **time):
    """A verdict of that moment on a claim noted so long before."""
    clock.at(moment)
    clock.now -= timedelta(**time)
    claim = factories.selected()
    clock.at(moment)
    return factories.verdict(checker, editor, on=claim)


def test_turnaround_is_of_ranks_and_no_mean(clock, checker, editor):
    for hours in (1, 2, 3, 100):
        took(clock, checker, editor, "2026-02-15 12:00", hours=hours)
    for days in range(1, 11):
        took(clock, checker, editor, "2026-05-15 12:00", days=days)
    took(clock, checker, editor, "2026-08-15 12:00", minutes=59, seconds=59)
    each, together = counting.turnaround(Verdict.objects.all(), YEAR)
    assert each == [Turnaround(4, 2, 100), Turnaround(10, 5 * 24, 9 * 24), Turnaround(1, 0, 0), Turnaround()]
    # 0 1 2 3 24 48 72 96 100 120 144 168 192 216 240: the eighth and the fourteenth of fifteen.
    assert together == Turnaround(15, 96, 216)


def test_turnaround_cuts_fractions_of_a_second_off_alike_on_both_databases(clock, checker, editor):
    clock.at("2026-02-15 12:00:00.999600")
    claim = factories.selected()
    clock.at("2026-02-15 13:00:00.000100")
    factories.verdict(checker, editor, on=claim)
    # By the microsecond it is just under an hour; by whole seconds one hour, and rounded seconds would be just under.
    assert counting.turnaround(Verdict.objects.all(), YEAR)[1] == Turnaround(1, 1, 1)


def test_turnaround_is_of_the_first_verdict_alone(published, clock, checker, editor, chief):
    first = published("2026-02-01 12:00")
    clock.at("2026-08-01 12:00")
    factories.replaced(first, checker, editor, chief)
    each, _together = counting.turnaround(Verdict.objects.all(), YEAR)
    assert each == [Turnaround(1, 0, 0), Turnaround(), Turnaround(), Turnaround()]


# What is open


@pytest.mark.parametrize(
    ("age", "least"), [(0, 0), (6, 0), (7, 7), (27, 7), (28, 28), (90, 28), (91, 91), (364, 91), (365, 365), (999, 365)]
)
def test_open_claims_are_counted_by_their_age_in_days(clock, age, least):
    clock.now = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC) - timedelta(days=age)
    factories.selected()
    assert counting.open_by_age(Claim.objects.all(), date(2026, 11, 23)) == {
        (counting.BANDS.index(least), "selected"): 1
    }


def test_open_is_what_was_selected_and_is_not_published(clock, checker, editor):
    clock.at("2026-11-20 12:00")
    factories.claim()
    factories.claim().decline(by=None, reason="Test: too small")
    factories.selected()
    factories.draft()
    factories.submitted(checker)
    factories.approved(checker, editor)
    factories.verdict(checker, editor)
    band = counting.BANDS.index(0)
    assert counting.open_by_age(Claim.objects.all(), date(2026, 11, 23)) == {
        (band, status): 1 for status in ("selected", "drafting", "submitted", "approved")
    }


@pytest.mark.parametrize(("zone", "least"), [("UTC", 7), ("Europe/Madrid", 0)])
def test_a_claim_is_as_old_as_the_desk_s_calendar_says(clock, settings, zone, least):
    settings.TIME_ZONE = zone
    clock.at("2025-12-31 23:30")
    factories.selected()
    assert counting.open_by_age(Claim.objects.all(), date(2026, 1, 7)) == {(counting.BANDS.index(least), "selected"): 1}


# The summary


def test_the_summary_counts_what_an_assessor_asks_for(clock, published, checker, chief):
    ada = factories.claimant("Ada Testmann")
    published("2026-02-01 12:00", said_by=ada)
    two = factories.selected(said_by=ada)
    factories.evidence(two, origin="Test office")
    factories.evidence(two, origin="Another test office")
    published("2026-03-01 12:00", on=two)
    alone = factories.draft(by=chief, on=factories.selected(said_by=factories.claimant("Ben Testmann")))
    publish(alone.submit(by=chief).approve(by=chief, override_reason="Test: nobody else was there"), by=chief)
    published("2025-12-31 12:00")
    factories.claim()
    assert counting.summary(in_force(), Claim.objects.all(), Period(date(2026, 1, 1), date(2026, 12, 31))) == {
        "verdicts": 3, "claimants": 2, "approved_by_another": 2, "evidence": 4, "independent": 1, "noted": 3,
    }  # fmt: skip
    assert counting.summary(in_force(), Claim.objects.all(), Period(date(2019, 1, 1), date(2019, 12, 31))) == {
        "verdicts": 0, "claimants": 0, "approved_by_another": 0, "evidence": 0, "independent": 0, "noted": 0,
    }  # fmt: skip


def test_every_count_costs_the_same_whatever_there_is(published, django_assert_num_queries):
    def count():
        with django_assert_num_queries(8):
            counting.by_rating(in_force(), YEAR)
            beside("topic")
            counting.turnaround(Verdict.objects.all(), YEAR)
            counting.replacements(Verdict.objects.all(), YEAR)
            counting.open_by_age(Claim.objects.all(), date(2026, 11, 23))
            counting.by_rating(in_force(), EVERYTHING)

    published("2026-02-01 12:00", topics=["Lamps"])
    count()
    for topic in ("Oil", "Gas", "Tides"):
        published("2026-02-01 12:00", topics=[topic, "Lamps"])
    count()
