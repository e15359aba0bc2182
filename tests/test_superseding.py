"""Published work is reopened and replaced openly: the old verdict stays in force until the new one is out, and stays
word for word for ever."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from claims.models import Check, Verdict
from claims.models.claims import Claim
from claims.models.leaving import deactivate
from claims.models.publishing import publish
from claims.models.superseding import reopen
from claims.models.undoing import undo
from claims.states import CORRECTING, ClaimStatus, NotAllowed, WrongState
from tests import factories
from tests.factories import replaced


@pytest.fixture
def first(checker, editor):
    return factories.verdict(checker, editor, rating="true", summary="Test: 41 lamps were counted.")


def test_a_reopened_claim_begins_with_what_stands_and_the_verdict_stays_in_force(first, checker, editor, chief):
    check = reopen(first.claim, by=chief, reason="Test: a reader counted again", assignee=checker)
    claim = Claim.objects.get(pk=first.claim_id)
    assert (claim.status, claim.verdict, claim.rating.slug) == (ClaimStatus.REOPENED, first, "true")
    assert (check.summary, check.rating.slug, check.assignee) == (first.summary, "true", checker)
    assert check.reopened_because == "Test: a reader counted again"
    assert [each.pk for each in check.evidence.all()] == [each.evidence_id for each in first.frozen_evidence.all()]
    assert list(Verdict.objects.in_force()) == [first]


def test_evidence_found_since_is_chosen_and_what_was_left_out_stays_out(first, checker, chief):
    left_out = first.check_file.claim.evidence.get()
    later = factories.evidence(first.claim, excerpt="Test data: 40")
    check = reopen(first.claim, by=chief, reason="Test")
    assert set(check.evidence.all()) == {left_out, later}


def test_the_next_verdict_supersedes_and_tells_why(first, checker, editor, chief):
    second = replaced(first, checker, editor, chief, summary="Test: 40 lamps were counted.")
    assert (second.number, second.supersedes, second.form) == (2, first, "verdict/2")
    assert (second.replacement_kind, second.replacement_note) == ("correction", "Test: we counted one twice.")
    assert first.is_intact() and second.is_intact()
    claim = Claim.objects.get(pk=first.claim_id)
    assert (claim.status, claim.verdict) == (ClaimStatus.PUBLISHED, second)
    assert Verdict.objects.get(pk=first.pk).summary == "Test: 41 lamps were counted."
    assert list(Verdict.objects.replacing(CORRECTING)) == [second]


def test_a_reopened_claim_is_the_work_of_who_checks_it_again_also_where_the_first_is_gone(first, checker, chief):
    reopen(first.claim, by=chief, reason="Test", assignee=chief).abandon(by=chief, reason="Test: too early")
    assert (Claim.objects.get().assignee, list(Claim.objects.assigned_to(checker))) == (chief, [])
    other = factories.person("ramona", "managing-editor", name="Ramona Testperson")
    deactivate(chief, by=factories.person("adela", "administrator"))
    check = reopen(Claim.objects.get(), by=other, reason="Test: a reader counted again")
    assert (check.assignee, list(Claim.objects.work_of(other))) == (other, [check.claim])


def test_a_replacement_needs_its_kind_and_a_word_to_readers(first, checker, chief):
    check = reopen(first.claim, by=chief, reason="Test", assignee=checker)
    with pytest.raises(ValidationError) as refusal:
        check.submit(by=checker)
    assert refusal.value.error_dict.keys() == {"replacement_kind", "replacement_note"}


def test_what_replaces_nothing_names_no_replacement(checker):
    check = factories.draft(by=checker)
    check.edit(by=checker, replacement_kind="update", replacement_note="Test")
    with pytest.raises(ValidationError) as refusal:
        check.submit(by=checker)
    assert refusal.value.error_dict.keys() == {"replacement_kind"}


def test_a_retraction_judges_nothing_and_the_page_stays(first, checker, editor, chief, client):
    check = reopen(first.claim, by=chief, reason="Test: the notes were lost", assignee=checker)
    check.edit(by=checker, replacement_kind="retraction", replacement_note="Test: our notes were lost.")
    with pytest.raises(ValidationError) as refusal:
        check.submit(by=checker)
    assert refusal.value.error_dict.keys() == {"rating"}
    check.edit(by=checker, rating=None, summary="Test: we say nothing about the lamps any more.", evidence=[])
    verdict = publish(check.submit(by=checker).approve(by=editor), by=editor)
    claim = Claim.objects.get(pk=first.claim_id)
    assert (claim.verdict, claim.rating, claim.retracted) == (verdict, None, True)
    assert (verdict.rating_label, verdict.attribution) == ("", "")
    assert list(Claim.objects.retracted()) == [claim]
    assert list(Claim.objects.judged_by_attribution_alone()) == []
    page = client.get(f"/claims/{claim.pk}/").content.decode()
    assert "Retracted" in page and "we say nothing" in page


def test_who_approves_is_shown_the_kind_the_note_and_the_day_of_the_next_look(first, checker, editor, chief, client):
    check = reopen(first.claim, by=chief, reason="Test", assignee=checker)
    told = {"replacement_kind": "update", "replacement_note": "Test: one more was relit."}
    check.edit(by=checker, recheck_on=date(2031, 5, 4), **told).submit(by=checker)
    client.force_login(editor)
    page = client.get(first.claim.get_absolute_url()).text
    assert ("Update: the facts moved" in page, "Test: one more was relit." in page) == (True, True)
    assert "To be looked at again on 4 May 2031." in page
    check.take_back(by=checker).edit(by=checker, replacement_kind="retraction", rating=None).submit(by=checker)
    assert "No rating: retracted" in client.get(first.claim.get_absolute_url()).text


def test_only_who_may_supersede_reopens_and_only_what_is_published(first, editor, chief, checker):
    with pytest.raises(NotAllowed):
        reopen(first.claim, by=editor, reason="Test")
    with pytest.raises(ValidationError):
        reopen(first.claim, by=chief, reason=" ")
    reopen(first.claim, by=chief, reason="Test")
    with pytest.raises(WrongState):
        reopen(first.claim, by=chief, reason="Test")
    with pytest.raises(WrongState):
        reopen(factories.selected(), by=chief, reason="Test")


def test_a_reopened_check_sent_back_and_abandoned_leaves_the_verdict_where_it_was(first, checker, editor, chief):
    check = reopen(first.claim, by=chief, reason="Test", assignee=checker)
    check.edit(by=checker, replacement_kind="editorial", replacement_note="Test: a letter was missing.")
    check.submit(by=checker)
    check.send_back(by=editor, reason="Test: which letter?")
    assert Claim.objects.get(pk=first.claim_id).status == ClaimStatus.REOPENED
    check.abandon(by=checker, reason="Test: none was missing")
    claim = Claim.objects.get(pk=first.claim_id)
    assert (claim.status, claim.verdict, claim.open_check()) == (ClaimStatus.PUBLISHED, first, None)


def test_an_abandoned_reopening_is_undone_as_long_as_no_other_verdict_came(first, checker, editor, chief):
    check = reopen(first.claim, by=chief, reason="Test", assignee=checker)
    check.abandon(by=checker, reason="Test: nothing to do")
    undo(factories.last_act(check), by=checker)
    assert Check.objects.get(pk=check.pk).is_open
    assert Claim.objects.get(pk=first.claim_id).status == ClaimStatus.REOPENED


def test_the_verdict_in_force_on_a_day_is_that_of_the_day_s_end_at_the_desk(published, clock, checker, editor, chief):
    first = published("2026-03-01 10:00")
    clock.at("2026-03-05 22:00")
    second = replaced(first, checker, editor, chief)
    in_force = {day: list(Verdict.objects.in_force(on=date(2026, 3, day))) for day in range(1, 7)}
    assert Verdict.objects.in_force(on=date(2026, 2, 28)).count() == 0
    assert in_force == {1: [first], 2: [first], 3: [first], 4: [first], 5: [second], 6: [second]}


def test_a_clock_that_went_back_ends_no_verdict_before_it_began(published, clock, checker, editor, chief):
    first = published("2026-03-05 10:00")
    clock.at("2026-03-04 10:00")
    assert replaced(first, checker, editor, chief).published_at == first.published_at


def test_a_day_to_look_again_comes_from_the_verdict_to_the_claim(checker, editor):
    verdict = factories.verdict(checker, editor, recheck_on=date(2027, 1, 1))
    assert (verdict.recheck_on, verdict.claim.recheck_on) == (date(2027, 1, 1),) * 2
