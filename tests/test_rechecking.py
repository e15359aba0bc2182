"""A published claim comes back to the desk for a reason, and stays until somebody has looked again."""

import re
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from claims.models import Change, Claim, LinkCheck, Recheck
from claims.models.evidencing import add_evidence, edit_evidence, remove_evidence
from claims.models.noting import add_appearance, edit_appearance, edit_claim
from claims.models.publishing import publish
from claims.models.rechecking import MANY, link_turned, recheck_done
from claims.models.superseding import reopen
from claims.models.undoing import undo
from claims.states import NotAllowed, Stale, WrongState
from tests import factories

URL = "https://gazette-of-tests.org/lamps"


@pytest.fixture
def rests(clock, checker, editor):
    """A claim whose verdict of 1 March rests on a source with a link; it is 10 March now."""
    claim, source = factories.selected(), factories.source(url=URL, title="The Test Gazette counts")
    factories.evidence(claim, source=source)
    clock.at("2026-03-01 10:00")
    factories.verdict(checker, editor, on=claim)
    clock.at("2026-03-10 10:00")
    return Claim.objects.get(pk=claim.pk)


def because(claim):
    """(is it due, [kind and number of each noted reason])."""
    due = Claim.objects.due_again().filter(pk=claim.pk).exists()
    return due, [(each.kind, each.number) for each in Recheck.objects.filter(claim=claim)]


def turn(claim, **values):
    """What the worker does when a link of its evidence turned."""
    link = LinkCheck.objects.get(source__evidence__claim=claim)
    moments = {name: value and datetime.fromisoformat(value).replace(tzinfo=UTC) for name, value in values.items()}
    LinkCheck.objects.filter(pk=link.pk).update(**moments)
    link_turned(link)


def looked(claim, by, **values):
    claim.refresh_from_db()
    return recheck_done(claim, by=by, **{"reason": "Test: the lamps are the same"} | values)


def again(claim, n=1, by=None):
    for _ in range(n):
        add_appearance(claim, by=by, source=factories.source(), quote=factories.QUOTE)


def test_a_claim_comes_back_on_the_day_that_its_verdict_named(clock, checker, editor):
    clock.at("2026-03-01 10:00")
    claim = factories.verdict(checker, editor, recheck_on=date(2026, 3, 9)).claim
    clock.at("2026-03-08 23:00")
    assert because(claim) == (False, [])
    clock.at("2026-03-09 00:30")
    assert because(claim) == (True, [])


def test_the_day_is_moved_with_the_claim(rests, checker):
    edit_claim(rests, by=checker, recheck_on=date(2026, 3, 10))
    assert because(rests) == (True, [])
    edit_claim(rests, by=checker, recheck_on=None)
    assert because(rests) == (False, [])


def test_a_claim_without_a_verdict_has_nothing_to_look_at_again(checker):
    claim = factories.selected(recheck_on=date(2020, 1, 1))
    factories.evidence(claim)
    again(claim, MANY)
    assert because(claim) == (False, [])


def test_a_dead_link_brings_it_back_and_one_that_lives_again_does_not(rests):
    turn(rests, dead_at="2026-03-05 10:00")
    assert because(rests) == (True, [("dead_link", 0)])
    assert Claim.objects.get(pk=rests.pk).recheck_due == date(2026, 3, 5)
    turn(rests, dead_at=None)
    assert because(rests) == (False, [])


def test_a_changed_text_brings_it_back_and_what_was_so_before_the_verdict_does_not(rests):
    turn(rests, changed_at="2026-02-27 10:00", dead_at="2026-02-28 10:00")
    assert because(rests) == (False, [])
    turn(rests, changed_at="2026-03-03 10:00")
    assert because(rests) == (True, [("changed_link", 0)])


def test_a_link_on_which_the_verdict_does_not_rest_brings_nothing(rests):
    other = factories.source(url=f"{URL}/other")
    factories.evidence(rests, source=other, stance="context")
    LinkCheck.objects.filter(source=other).update(dead_at=datetime(2026, 3, 5, tzinfo=UTC))
    link_turned(other.link)
    assert because(rests) == (False, [])


def test_evidence_for_or_against_brings_it_back_and_context_does_not(rests, checker):
    factories.evidence(rests, stance="context")
    assert because(rests) == (False, [])
    piece = factories.evidence(rests, stance="contradicts")
    factories.evidence(rests, stance="supports")
    assert because(rests) == (True, [("evidence", 2)])
    edit_evidence(piece, by=checker, stance="context")
    assert because(rests) == (True, [("evidence", 1)])


def test_evidence_taken_away_or_undone_takes_its_reason_along(rests, checker):
    piece = factories.evidence(rests, stance="contradicts")
    remove_evidence(piece, by=checker, reason="Test: it was of another harbour")
    assert because(rests) == (False, [])
    undo(factories.last_act(piece), by=checker)
    assert because(rests) == (True, [("evidence", 1)])
    undo(factories.last_act(piece), by=checker)
    assert because(rests) == (False, [])


def test_many_new_appearances_bring_it_back_on_the_day_of_the_last_of_them(rests, clock):
    again(rests, MANY - 1)
    assert because(rests) == (False, [])
    clock.at("2026-03-12 10:00")
    again(rests)
    clock.at("2026-03-14 10:00")
    again(rests)
    assert because(rests) == (True, [("appearances", MANY + 1)])
    assert Claim.objects.get(pk=rests.pk).recheck_due == date(2026, 3, 12)


def test_what_came_between_submission_and_publication_is_not_in_the_verdict(clock, checker, editor):
    clock.at("2026-03-01 10:00")
    check = factories.approved(checker, editor)
    clock.at("2026-03-02 10:00")
    add_evidence(
        check.claim, by=checker, kind="observation", stance="contradicts", origin="Test", excerpt="Test: 40 lamps"
    )
    publish(check, by=editor)
    assert because(check.claim) == (True, [("evidence", 1)])


def test_who_looked_again_says_so_with_a_reason_and_it_waits_for_something_new(rests, checker, clock):
    turn(rests, dead_at="2026-03-05 10:00")
    again(rests, MANY)
    looked(rests, checker, recheck_on=date(2026, 9, 1))
    assert because(rests) == (False, [])
    claim = Claim.objects.get(pk=rests.pk)
    assert (claim.recheck_on, claim.recheck_due, claim.appearances_judged) == (date(2026, 9, 1),) * 2 + (MANY + 1,)
    act = factories.last_act(claim)
    assert (act.verb, act.reason, act.actor) == ("claim.recheck_done", "Test: the lamps are the same", checker)
    assert Change.objects.get(act=act).values.keys() == {"judged_at", "recheck_on"}
    clock.at("2026-03-11 10:00")
    factories.evidence(rests, stance="contradicts")
    assert because(rests) == (True, [("evidence", 1)])


def test_a_second_look_needs_a_reason_a_role_something_to_look_at_and_a_day_to_come(rests, checker, editor, db):
    with pytest.raises(WrongState):
        looked(rests, checker)
    turn(rests, dead_at="2026-03-05 10:00")
    with pytest.raises(NotAllowed):
        looked(rests, factories.person("cora", "contributor"))
    with pytest.raises(ValidationError):
        looked(rests, checker, reason=" ")
    with pytest.raises(ValidationError) as refusal:
        looked(rests, checker, recheck_on=date(2026, 3, 10))
    assert refusal.value.error_dict.keys() == {"recheck_on"}
    version = rests.version
    looked(rests, editor)
    with pytest.raises(Stale):
        looked(rests, checker, version=version)


def test_what_is_checked_again_is_in_hand_and_comes_back_where_nothing_was_published(rests, checker, editor, chief):
    turn(rests, dead_at="2026-03-05 10:00")
    check = reopen(Claim.objects.get(pk=rests.pk), by=chief, reason="Test: the page is gone", assignee=checker)
    assert because(rests) == (False, [("dead_link", 0)])
    check.abandon(by=checker, reason="Test: too busy")
    assert because(rests) == (True, [("dead_link", 0)])


def test_the_next_verdict_answers_all_reasons(rests, checker, editor, chief):
    factories.evidence(rests, stance="contradicts")
    check = reopen(Claim.objects.get(pk=rests.pk), by=chief, reason="Test", assignee=checker)
    check.edit(by=checker, replacement_kind="update", replacement_note="Test: one lamp went out.")
    publish(check.submit(by=checker).approve(by=editor), by=editor)
    assert because(rests) == (False, [])


# Pages


def words(answer):
    html = re.sub(r"<svg.*?</svg>", "", answer.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace(" ,", ",")


def test_the_list_tells_the_reasons_the_longest_due_first(rests, client, chief, checker, editor, clock):
    clock.at("2026-03-01 10:00")
    named = factories.verdict(checker, editor, recheck_on=date(2026, 3, 2)).claim
    clock.at("2026-03-10 10:00")
    turn(rests, dead_at="2026-03-05 10:00", changed_at="2026-03-06 10:00")
    factories.evidence(rests, stance="contradicts")
    again(rests, MANY)
    client.force_login(chief)
    answer = client.get(reverse("recheck"))
    assert [claim.pk for claim, _because, _may in answer.context["rows"]] == [named.pk, rests.pk]
    said = words(answer)
    for each in (
        "The day that was set for another look has come, 2 March 2026",
        "A link that the verdict rests on is dead: The Test Gazette counts, 5 March 2026",
        "A text that the verdict rests on has changed: The Test Gazette counts, 6 March 2026",
        "1 new piece of evidence on it, 10 March 2026", f"It was met {MANY} times more, 10 March 2026",
    ):  # fmt: skip
        assert each in said
    assert reverse("reopen_claim", args=[rests.pk]) in answer.content.decode()
    assert "Due to be looked at again" in words(client.get(rests.get_absolute_url()))


def test_one_looks_again_from_the_page_and_what_was_typed_stays_where_it_is_refused(rests, client, checker):
    client.force_login(checker)
    turn(rests, dead_at="2026-03-05 10:00")
    rests.refresh_from_db()
    page = reverse("nothing_to_change", args=[rests.pk])
    assert "A link that the verdict rests on is dead" in words(client.get(page))
    form = {"once": uuid4(), "version": rests.version, "reason": "Test: read in print", "recheck_on": "2026-03-01"}
    refused = client.post(page, form)
    assert refused.context["form"].errors == {"recheck_on": ["Choose a day to come, or none."]}
    assert "Test: read in print" in refused.content.decode()
    assert client.post(page, form | {"recheck_on": "2026-04-01"}).url == rests.get_absolute_url()
    assert because(rests) == (False, [])
    assert "looked again and changed nothing" in words(client.get(rests.get_absolute_url()))
    assert "Nothing asks for another look" in words(client.get(reverse("recheck")))


def test_a_source_that_is_protected_by_now_is_not_named(rests, client, db):
    turn(rests, dead_at="2026-03-05 10:00")
    Recheck.objects.update(source=factories.source(title="A secret test", protected=True))
    client.force_login(factories.person("nora", "auditor"))
    said = words(client.get(reverse("recheck")))
    assert "A link that the verdict rests on is dead," in said and "A secret test" not in said


def test_an_auditor_reads_and_is_offered_nothing(rests, client, db):
    turn(rests, dead_at="2026-03-05 10:00")
    client.force_login(factories.person("nora", "auditor"))
    html = client.get(reverse("recheck")).content.decode()
    assert rests.statement in html
    assert reverse("reopen_claim", args=[rests.pk]) not in html
    assert reverse("nothing_to_change", args=[rests.pk]) not in html


def test_it_stands_in_my_work_and_is_a_filter_of_the_list(rests, client, checker):
    factories.claim()
    turn(rests, dead_at="2026-03-05 10:00")
    client.force_login(checker)
    work = {section.name: section for section in client.get(reverse("desk")).context["sections"]}
    assert (work["recheck"].rows, work["recheck"].count) == ([rests], "1")
    assert [row.pk for row in client.get(reverse("claims") + "?work=recheck").context["page"].rows] == [rests.pk]


def test_the_list_costs_the_same_at_one_row_and_at_many(
    rests, client, chief, checker, editor, django_assert_num_queries
):
    client.force_login(chief)
    turn(rests, dead_at="2026-03-05 10:00")
    client.get(reverse("recheck"))
    with django_assert_num_queries(6):
        client.get(reverse("recheck"))
    days = [date(2026, 3, 1 + number) for number in (3, 1, 1, 2)]
    more = [factories.verdict(checker, editor, recheck_on=day).claim for day in days]
    factories.evidence(more[0], stance="contradicts")
    with django_assert_num_queries(6):
        answer = client.get(reverse("recheck"))
    shown = [claim for claim, _because, _may in answer.context["rows"]]
    assert shown == [more[1], more[2], more[3], more[0], rests]


def test_a_newer_figure_in_a_further_appearance_asks_for_another_look(rests, checker):
    figure = {"source": factories.source(), "quote": factories.QUOTE, "relation": "other_figure"}
    add_appearance(rests, by=checker, **figure, said_on=date(2026, 3, 9))
    assert because(rests) == (True, [("newer_figure", 1)])
    looked(rests, checker)
    assert because(rests) == (False, [])


def test_the_same_again_and_an_older_figure_ask_for_none_until_the_figure_is_said_to_be_newer(clock, checker, editor):
    clock.at("2026-03-01 10:00")
    claim = factories.selected(appearance={"said_on": date(2026, 2, 20)})
    factories.verdict(checker, editor, on=claim)
    clock.at("2026-03-10 10:00")
    claim = Claim.objects.get(pk=claim.pk)
    again(claim)
    where = {"source": factories.source(), "quote": factories.QUOTE}
    older = add_appearance(claim, by=checker, **where, relation="other_figure", said_on=date(2026, 2, 1))
    assert because(claim) == (False, [])
    edit_appearance(older, by=checker, said_on=date(2026, 3, 2))
    assert because(claim) == (True, [("newer_figure", 1)])
