"""Rule 3: who approves is not who submitted that digest, and approval binds to the digest."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from claims.models import Act, Check, Rating
from claims.models.checks import start_check
from claims.models.editing import edit_claimant, edit_publisher, edit_source
from claims.models.evidencing import add_evidence, edit_evidence
from claims.models.log import acting
from claims.models.noting import (
    add_appearance,
    edit_appearance,
    edit_claim,
    find_attribution,
    make_principal,
)
from claims.models.publishing import publish
from claims.models.superseding import reopen
from claims.models.undoing import undo
from claims.states import NotAllowed, Stale, WrongState
from tests import factories

pytestmark = pytest.mark.django_db


def state(check):
    check = Check.objects.get(pk=check.pk)
    return check.state, check.claim.status


def test_whoever_submitted_does_not_approve(editor):
    check = factories.submitted(editor)
    with pytest.raises(NotAllowed, match="A second person must approve it"):
        check.approve(by=editor)
    with pytest.raises(NotAllowed):
        check.approve(by=editor, override_reason="I am sure")
    assert state(check) == ("submitted", "submitted")


def test_a_fact_checker_does_not_approve(checker):
    other = factories.person("wim", "fact-checker")
    check = factories.submitted(checker)
    with pytest.raises(NotAllowed):
        check.approve(by=other)
    assert state(check) == ("submitted", "submitted")


def test_the_system_does_not_approve(checker):
    check = factories.submitted(checker)
    with pytest.raises(NotAllowed, match="by a person"):
        check.approve(by=None)


def test_what_the_system_submitted_nobody_approves(chief):
    check = factories.submitted(None)
    with pytest.raises(NotAllowed, match="Nobody is named"):
        check.approve(by=chief, override_reason="No second person")


def test_an_override_has_its_permission_needs_a_reason_and_shows(chief):
    check = factories.submitted(chief)
    with pytest.raises(ValidationError) as refusal:
        check.approve(by=chief, override_reason="  ")
    assert list(refusal.value.message_dict) == ["override_reason"]
    verdict = publish(check.approve(by=chief, override_reason="Nobody else is awake"), by=chief)
    assert verdict.override_reason == "Nobody else is awake"


def test_an_override_reason_by_a_second_person_is_no_override(checker, chief):
    check = factories.submitted(checker).approve(by=chief, override_reason="Not needed")
    assert check.override_reason == ""


CHANGES = {
    "statement": lambda check, by: edit_claim(check.claim, by=by, statement="Another sentence"),
    "claimant": lambda check, by: edit_claimant(check.claim.claimant, by=by, name="Somebody Else"),
    "quote": lambda check, by: edit_appearance(check.claim.principal_appearance, by=by, quote="We relit 41 lamps"),
    "role": lambda check, by: edit_appearance(check.claim.principal_appearance, by=by, role="porter"),
    "finding": lambda check, by: find_attribution(check.claim.principal_appearance, "not_so", by=by),
    "source": lambda check, by: edit_source(check.claim.principal_appearance.source, by=by, title="Another"),
    "excerpt": lambda check, by: edit_evidence(check.evidence.get(), by=by, excerpt="Test data: 42"),
    "origin": lambda check, by: edit_evidence(check.evidence.get(), by=by, origin="Elsewhere"),
    "kind": lambda check, by: edit_claim(check.claim, by=by, kind="cause"),
    "cue": lambda check, by: edit_appearance(check.claim.principal_appearance, by=by, cue="it is said that"),
    "evidence source": lambda check, by: edit_source(check.evidence.get().source, by=by, title="Another"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("approved", [False, True], ids=["submitted", "approved"])
def test_changing_what_it_rests_on_voids_it_visibly(change, approved, checker, editor):
    check = factories.approved(checker, editor) if approved else factories.submitted(checker)
    change(Check.objects.get(pk=check.pk), checker)
    assert state(check) == ("drafting", "drafting")
    check = Check.objects.get(pk=check.pk)
    assert check.returned_because.endswith("must be submitted and approved again.")
    assert (check.submitted_by, check.approved_by, check.approved_digest) == (None, None, "")


def test_another_principal_appearance_voids_it(checker, editor):
    check = factories.approved(checker, editor)
    other = add_appearance(check.claim, by=checker, source=factories.source(), quote="The lamps burn oil.")
    assert state(check) == ("approved", "approved")
    make_principal(other, by=checker)
    assert state(check) == ("drafting", "drafting")


def test_renaming_the_publisher_voids_it(checker, editor):
    publisher = factories.publisher()
    claim = factories.selected(where=factories.source(publisher=publisher))
    check = factories.approved(checker, editor, on=claim)
    edit_publisher(publisher, by=checker, name="The Other Test Gazette")
    assert state(check) == ("drafting", "drafting")


def test_what_it_does_not_rest_on_leaves_it_standing(checker, editor):
    check = factories.approved(checker, editor)
    claim = check.claim
    add_appearance(claim, by=checker, source=factories.source(), quote=factories.QUOTE)
    add_evidence(claim, by=checker, kind="observation", stance="contradicts", excerpt="Test data", origin="A passer-by")
    edit_claim(claim, by=checker, priority=4, topics=["Lamps"])
    claim.assign(editor, by=editor)
    assert state(check) == ("approved", "approved")


def test_nobody_submits_words_they_have_not_seen(checker, editor):
    check = factories.draft(by=checker)
    seen = check.version
    edit_claim(check.claim, by=editor, statement="Forty-two lamps were relit in May")
    with pytest.raises(Stale):
        check.submit(by=checker, version=seen)
    assert state(check) == ("drafting", "drafting")


def test_a_rating_that_left_the_scale_is_not_submitted(checker):
    check = factories.draft(by=checker)
    with acting("rating.load", by=None) as act:
        act.change(Rating.objects.get(slug="true"), offered=False)
    with pytest.raises(ValidationError) as refusal:
        check.submit(by=checker)
    assert list(refusal.value.message_dict) == ["rating"]


def test_a_rating_that_changed_its_meaning_is_not_published(checker, editor):
    check = factories.approved(checker, editor)
    with acting("rating.load", by=None) as act:
        act.change(Rating.objects.get(slug="true"), meaning="Something else now.")
    with pytest.raises(WrongState, match="Send it back to be approved again"):
        publish(check, by=editor)
    check.withdraw_approval(by=editor, reason="The scale changed")
    assert state(check) == ("drafting", "drafting")


def test_an_editors_edit_returns_the_draft_to_its_author(checker, editor):
    check = factories.submitted(checker)
    check.edit(by=editor, summary="Test data: better words.")
    assert state(check) == ("drafting", "drafting")
    assert check.returned_because == "Edda Testperson edited the draft."
    with pytest.raises(WrongState):
        check.approve(by=editor)
    check.submit(by=checker)
    check.approve(by=editor)
    assert state(check) == ("approved", "approved")


EDITS = {
    "rating": lambda check: {"rating": Rating.objects.get(slug="false")},
    "explanation": lambda check: {"explanation": "Test: other words"},
    "disclosures": lambda check: {"disclosures": "Test: a cousin counts the lamps"},
    "evidence until": lambda check: {"evidence_until": "2026-05-05"},
    "look again on": lambda check: {"recheck_on": "2031-05-05"},
    "answers": lambda check: {"answers": factories.answers("Test: another answer.", public=True)},
    "private answers": lambda check: {"answers": factories.answers("Test: another answer.")},
    "kind of change": lambda check: {"replacement_kind": "correction"},
    "note to readers": lambda check: {"replacement_note": "Test: we had miscounted."},
    "chosen evidence": lambda check: {"evidence": list(check.claim.evidence.order_by("pk"))[:1]},
}


@pytest.mark.parametrize("change", EDITS.values(), ids=EDITS.keys())
def test_whatever_an_editor_edits_of_it_comes_back_and_the_authors_submission_accepts_it(
    change, checker, editor, chief
):
    claim = factories.verdict(checker, editor).claim
    factories.evidence(claim, origin="Another test office")
    check = reopen(claim, by=chief, reason="Test: a second count", assignee=checker)
    check.edit(by=checker, replacement_kind="update", replacement_note="Test: the lamps were counted again.")
    check.submit(by=checker).approve(by=editor)
    values = change(check)
    check.edit(by=editor, **values)
    assert (state(check), check.approved_digest, check.answered) == (("drafting", "reopened"), "", [])
    verdict = publish(check.submit(by=checker).approve(by=editor), by=editor)
    assert (verdict.author, verdict.approver, verdict.override_reason) == (str(checker), str(editor), "")
    assert verdict.is_intact()


def test_an_editor_who_submits_their_own_edit_needs_somebody_else(checker, editor):
    check = factories.submitted(checker)
    check.edit(by=editor, summary="Test data: better words.")
    check.submit(by=editor)
    with pytest.raises(NotAllowed):
        check.approve(by=editor)


def test_a_fact_checker_takes_back_before_editing(checker):
    other = factories.person("wim", "fact-checker")
    check = factories.submitted(checker)
    with pytest.raises(NotAllowed, match="Take it back before you edit it"):
        check.edit(by=checker, summary="Changed")
    with pytest.raises(NotAllowed, match="Only who submitted it"):
        check.take_back(by=other)
    check.take_back(by=checker)
    check.edit(by=checker, summary="Test data: changed.")
    assert state(check) == ("drafting", "drafting")


def test_sending_back_needs_a_second_person_and_a_reason(checker, editor):
    check = factories.submitted(checker)
    with pytest.raises(ValidationError):
        check.send_back(by=editor, reason="")
    with pytest.raises(NotAllowed):
        check.send_back(by=checker, reason="mine")
    check.send_back(by=editor, reason="Count again")
    assert (check.state, check.returned_because, check.submitted_by) == ("drafting", "Count again", None)
    own = factories.submitted(editor)
    with pytest.raises(NotAllowed, match="Take it back instead"):
        own.send_back(by=editor, reason="mine")


def test_only_the_table_of_transitions_leads_on(checker, editor):
    check = factories.draft(by=checker)
    for verb in (
        lambda: check.approve(by=editor),
        lambda: check.send_back(by=editor, reason="x"),
        lambda: check.take_back(by=checker),
        lambda: check.withdraw_approval(by=editor, reason="x"),
        lambda: publish(check, by=editor),
    ):
        with pytest.raises(WrongState):
            verb()
    check.submit(by=checker)
    for verb in (
        lambda: check.submit(by=checker),
        lambda: check.abandon(by=checker, reason="x"),
        lambda: publish(check, by=editor),
    ):
        with pytest.raises(WrongState):
            verb()
    assert state(check) == ("submitted", "submitted")


def test_one_check_is_open_at_most_and_only_of_a_selected_claim(checker):
    noted = factories.claim()
    with pytest.raises(WrongState, match="Select it first"):
        start_check(noted, by=checker)
    check = factories.draft(by=checker)
    with pytest.raises(WrongState):
        start_check(check.claim, by=checker)
    check.abandon(by=checker, reason="Test: not worth it")
    assert state(check) == ("abandoned", "selected")
    start_check(check.claim, by=checker)
    assert check.claim.checks.count() == 2


def test_why_a_draft_came_back_is_written_in_the_language_of_the_desk(checker, editor, chief):
    edited, changed, _undone = (factories.submitted(checker) for _each in range(3))
    with translation.override("es"):
        edited.edit(by=editor, summary="Test data: other words.")
        edit_claim(changed.claim, by=editor, statement="Other lamps were relit in May")
        undo(Act.objects.filter(verb="check.submit").latest("position"), by=chief)
    reasons = Check.objects.order_by("pk").values_list("returned_because", flat=True)
    assert list(reasons) == [
        "Edda Testperson edited the draft.",
        "The claim changed after it was submitted, so it must be submitted and approved again.",
        "Max Testperson undid the submission.",
    ]
