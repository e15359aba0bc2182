"""What stands in the way of taking an act back, and who is told of what came back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.models import Act, Check, Claim, Notification, Rating
from claims.models.bulk import stage, stage_undo
from claims.models.chain import chain_breaks
from claims.models.checks import start_check
from claims.models.evidencing import remove_evidence
from claims.models.leaving import deactivate
from claims.models.log import acting
from claims.models.noting import edit_claim
from claims.models.undoing import undo, undone_of
from claims.states import CheckState, Refused
from tests import factories
from tests.test_bulk import whole
from tests.test_undoing import last

pytestmark = pytest.mark.django_db


def told(kind):
    return [(each.person.username, each.claim_id) for each in Notification.objects.filter(kind=kind)]


def test_whose_submission_is_withdrawn_by_another_is_told_and_reads_who_did_it(checker, chief):
    check = factories.submitted(checker)
    undo(last(), by=chief)
    check.refresh_from_db()
    assert told("sent_back") == [("vera", check.claim_id)]
    assert (check.sent_back, check.returned_because) == (True, "Max Testperson undid the submission.")


def test_who_withdraws_their_own_submission_is_told_nothing(checker):
    check = factories.submitted(checker)
    undo(last(), by=checker)
    check.refresh_from_db()
    assert (told("sent_back"), check.sent_back) == ([], False)


def test_who_gets_a_claim_back_is_told(checker, editor, chief):
    claim = factories.selected()
    claim.assign(checker, by=chief)
    claim.assign(editor, by=chief)
    undo(last(), by=chief)
    assert told("assigned") == [("vera", claim.pk), ("edda", claim.pk), ("vera", claim.pk)]


def test_nobody_who_left_is_given_work_by_it(checker, editor, chief):
    claim = factories.selected()
    claim.assign(checker, by=chief)
    claim.assign(editor, by=chief)
    assigned = last()
    deactivate(checker, by=factories.person("ada", "administrator"))
    with pytest.raises(Refused, match="Vera Testperson may not check claims"):
        undo(assigned, by=chief)
    assert Claim.objects.get().assignee == editor


def test_an_assignment_stays_under_which_a_check_was_started(checker, chief):
    claim = factories.selected()
    claim.assign(checker, by=chief)
    assigned = last()
    start_check(claim, by=checker)
    with pytest.raises(Refused, match="started since, in these hands"):
        undo(assigned, by=chief)
    assert Check.objects.get().assignee == Claim.objects.get().assignee == checker


def test_and_still_stays_once_that_check_was_published(checker, editor, chief):
    claim = factories.selected()
    claim.assign(checker, by=chief)
    assigned = last()
    factories.verdict(checker, editor, on=claim)
    with pytest.raises(Refused, match="started since, in these hands"):
        undo(assigned, by=chief)


def test_evidence_stays_that_a_check_was_started_with(checker):
    claim = factories.selected()
    factories.evidence(claim, by=checker)
    added = last()
    start_check(claim, by=checker)
    with pytest.raises(Refused, match="A check was started with this evidence"):
        undo(added, by=checker)
    assert Check.objects.get().evidence.count() == 1


def test_a_draft_does_not_choose_again_what_was_removed(checker):
    check = factories.draft(by=checker)
    [piece] = check.evidence.all()
    check.edit(by=checker, evidence=[])
    edited = last()
    remove_evidence(piece, by=checker, reason="By mistake")
    with pytest.raises(Refused, match="no longer there"):
        undo(edited, by=checker)
    undo(last(), by=checker)
    undo(edited, by=checker)
    assert Check.objects.get().evidence.get() == piece


def test_a_check_abandoned_by_mistake_goes_on(checker, editor):
    check = factories.draft(by=checker)
    check.abandon(by=checker, reason="By mistake")
    abandoned = last()
    undo(abandoned, by=editor)
    check.refresh_from_db()
    assert (check.state, check.claim.status, check.evidence.count()) == (CheckState.DRAFTING, "drafting", 1)
    undo(last(), by=editor)
    assert (Check.objects.get().state, Claim.objects.get().status) == (CheckState.ABANDONED, "selected")
    start_check(Claim.objects.get(), by=checker)
    with pytest.raises(Refused, match="another check of it was started"):
        undo(Act.objects.filter(verb="undo").latest("position"), by=editor)


def test_the_history_says_of_what_is_done_again_that_it_stands(client, checker):
    claim = factories.claim(by=checker)
    edit_claim(claim, by=checker, priority=4)
    edited = last()
    undo(edited, by=checker)
    undo(last(), by=checker)
    assert undone_of(claim) == {last().undoes_id}
    client.force_login(checker)
    page = client.get(reverse("claim_history", args=[claim.pk])).text
    assert page.count("It was undone.") == 1


def test_a_history_of_many_undoings_costs_what_a_short_one_costs(client, checker, django_assert_max_num_queries):
    claim = factories.claim(by=checker)
    edit_claim(claim, by=checker, priority=4)
    client.force_login(checker)
    address = reverse("claim_history", args=[claim.pk])
    undo(last(), by=checker)
    with CaptureQueriesContext(connection) as short:
        assert "It was undone." in client.get(address).text
    for _each in range(11):
        undo(last(), by=checker)
    with django_assert_max_num_queries(len(short)):
        client.get(address)


def test_one_value_that_is_not_valid_any_more_refuses_its_claim_alone(checker, chief):
    claims = [factories.claim(by=checker, external_id=f"X-{number}") for number in range(5)]
    rows = {str(claim.pk): {"external_id": f"Y-{claim.pk}"} for claim in claims}
    chosen = Claim.objects.filter(pk__in=[claim.pk for claim in claims])
    bulk = whole(stage("by-row", chosen, by=chief, rows=rows), chief)
    assert bulk.changed == 5
    factories.claim(by=checker, external_id="X-3")
    undoing = whole(stage_undo(bulk, by=chief), chief)
    assert (undoing.changed, [number for number, _why in undoing.refused]) == (4, [claims[3].pk])
    ids = dict(Claim.objects.values_list("pk", "external_id"))
    assert [ids[claim.pk] for claim in claims] == ["X-0", "X-1", "X-2", f"Y-{claims[3].pk}", "X-4"]
    assert list(chain_breaks()) == []


def test_a_rating_that_left_the_scale_refuses_its_draft_alone(checker, chief):
    old, new = Rating.objects.get(slug="true"), Rating.objects.get(slug="false")
    checks = [factories.draft(by=checker), factories.draft(by=checker, rating="unproven")]
    bulk = whole(stage("rate", Claim.objects.all(), by=chief, rating=new.pk), chief)
    with acting("rating.load", by=None) as act:
        act.change(act.lock(old), offered=False)
    undoing = whole(stage_undo(bulk, by=chief), chief)
    assert (undoing.changed, [number for number, _why in undoing.refused]) == (1, [checks[0].claim_id])


def test_bulk_acts_are_undone_one_after_the_other(checker, chief):
    claims = [factories.claim(by=checker, priority=2) for _each in range(3)]
    first = whole(stage("priority", Claim.objects.all(), by=chief, priority=4), chief)
    second = whole(stage("priority", Claim.objects.all(), by=chief, priority=1), chief)
    assert whole(stage_undo(second, by=chief), chief).changed == len(claims)
    assert whole(stage_undo(first, by=chief), chief).changed == len(claims)
    assert set(Claim.objects.values_list("priority", flat=True)) == {2}
