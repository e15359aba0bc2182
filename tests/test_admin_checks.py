"""The admin: a check goes through the hands of two people, by buttons."""

import pytest

from claims.admin.site import site
from claims.models import Act, BulkAct, Check, Claim, Verdict
from claims.models.checks import start_check
from claims.states import CheckState
from tests import factories
from tests.admin_pages import act, address, button, listing, sent, verbs


@pytest.fixture
def desk(client, editor):
    """A browser in which the editor is logged in."""
    client.force_login(editor)
    return client


def test_the_draft_is_edited_with_its_chosen_evidence(desk, checker):
    check = factories.draft(by=checker)
    further = factories.evidence(check.claim, excerpt="Further")
    page = desk.get(address(check))
    desk.post(address(check), sent(page, {"chosen": [further.pk], "summary": "Test data: only this counts."}))
    assert list(check.evidence.all()) == [further]
    assert verbs()[-1] == "check.edit"


def test_the_buttons_follow_the_state_and_the_person(desk, editor, checker):
    def offered(check):
        return [each["button"].name for each in desk.get(address(check)).context["buttons"]]

    assert offered(factories.draft(by=checker)) == ["submit", "abandon"]
    assert offered(factories.submitted(checker)) == ["send-back", "approve"]
    assert offered(factories.submitted(editor)) == ["take-back"]
    assert offered(factories.approved(checker, editor)) == ["withdraw-approval", "publish"]
    assert offered(factories.verdict(checker, editor).check_file) == []


def test_nobody_approves_their_own_submission_by_button(desk, editor):
    check = factories.submitted(editor)
    response = desk.post(act(check, "approve"), {"act": "approve", "version": check.version})
    check.refresh_from_db()
    assert (response.status_code, check.state) == (403, CheckState.SUBMITTED)
    assert verbs()[-1] == "refusal"


def test_an_override_needs_its_reason(client, chief):
    client.force_login(chief)
    check = factories.submitted(chief)
    data = button(client.get(address(check)), "approve")
    answer = client.post(act(check, "approve"), data)
    assert list(answer.context["form"].errors) == ["override_reason"]
    client.post(act(check, "approve"), data | {"override_reason": "Nobody else is in tonight"})
    check.refresh_from_db()
    assert (check.state, check.override_reason) == (CheckState.APPROVED, "Nobody else is in tonight")


def test_a_stale_button_is_refused(desk, checker):
    check = factories.submitted(checker)
    data = button(desk.get(address(check)), "approve")
    check.take_back(by=checker)
    check.submit(by=checker)
    answer = desk.post(act(check, "approve"), data)
    assert answer.context["form"].non_field_errors() == [
        "Somebody else changed this meanwhile. Nothing was overwritten."
    ]
    check.refresh_from_db()
    assert check.state == CheckState.SUBMITTED


def test_a_button_sent_twice_acts_once(desk, checker):
    check = factories.submitted(checker)
    data = button(desk.get(address(check)), "send-back") | {"reason": "Count again"}
    responses = [desk.post(act(check, "send-back"), data) for _time in range(2)]
    assert [response.url for response in responses] == [address(check)] * 2
    assert verbs().count("check.send_back") == 1


def test_a_published_check_is_shown_and_not_edited(desk, checker, editor):
    check = factories.verdict(checker, editor).check_file
    assert desk.get(address(check)).status_code == 200
    assert desk.post(address(check), {"summary": "Other", "version_seen": check.version}).status_code == 403
    assert desk.post(act(check, "publish"), {"act": "publish", "version": check.version}).status_code == 200
    assert Verdict.objects.count() == 1


def bulk_of(client, action, *checks, **typed):
    """What the action of the list staged for these checks, after its question."""
    chosen = {"action": action, "_selected_action": [check.pk for check in checks]}
    answer = client.post(listing(Check), chosen | {"asked": "1"} | typed)
    assert answer.status_code == 302, answer.context["form"].errors
    return BulkAct.objects.latest("staged_at")


def test_checks_of_the_list_are_submitted_as_one_bulk_act_and_undone(client, chief, checker):
    client.force_login(chief)
    ready, lacking = factories.draft(by=checker), factories.draft(by=checker, summary="")
    bulk = bulk_of(client, "submit", ready, lacking)
    shown = client.get(address(bulk)).text
    assert ready.summary in shown
    assert "Write the verdict in one or two sentences." in shown
    client.post(address(bulk), {"expected": "0"})
    ready.refresh_from_db()
    assert (ready.state, ready.submitted_by) == (CheckState.SUBMITTED, chief)
    assert Act.objects.latest("position").batch == bulk.pk
    client.post(address(bulk), {"undo": "1"})
    client.post(address(BulkAct.objects.get(undoes=bulk)), {"expected": "0"})
    ready.refresh_from_db()
    assert ready.state == CheckState.DRAFTING


def test_checks_of_the_list_are_sent_back_with_one_reason(client, chief, checker):
    client.force_login(chief)
    theirs = factories.submitted(checker)
    asked = {"action": "send_back", "_selected_action": [theirs.pk], "asked": "1"}
    assert client.post(listing(Check), asked | {"reason": " "}).context["form"].errors == {
        "reason": ["This field is required."]
    }
    client.post(address(bulk_of(client, "send_back", theirs, reason="Count again")), {"expected": "0"})
    theirs.refresh_from_db()
    assert (theirs.state, theirs.returned_because) == (CheckState.DRAFTING, "Count again")


def test_a_closed_check_of_the_list_reaches_no_other_check_of_its_claim(client, chief, checker):
    client.force_login(chief)
    closed, other = factories.draft(by=checker), factories.draft(by=checker)
    closed.abandon(by=checker, reason="Begun twice")
    start_check(closed.claim, by=checker)
    chosen = {"action": "submit", "_selected_action": [closed.pk, other.pk]}
    page = client.post(listing(Check), chosen)
    assert "For one claim." in page.text
    assert "One of the chosen checks is closed and left out." in page.text
    assert [number for number, _seen in bulk_of(client, "submit", closed, other).rows] == [other.claim_id]


def test_an_editor_who_may_not_edit_in_bulk_is_offered_no_act_of_the_list(desk, checker):
    check = factories.submitted(checker)
    form = desk.get(listing(Check)).context["action_form"]
    assert not form or [name for name, _label in form.fields["action"].choices if name] == []
    desk.post(listing(Check), {"action": "send_back", "_selected_action": [check.pk], "asked": "1", "reason": "No"})
    check.refresh_from_db()
    assert (check.state, BulkAct.objects.count()) == (CheckState.SUBMITTED, 0)


def test_more_checks_than_a_form_has_fields_are_chosen_at_once(client, chief, settings):
    client.force_login(chief)
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    checks = [factories.draft() for _each in range(12)]
    asked = {"action": "submit", "_selected_action": [checks[0].pk], "select_across": "1"}
    page = client.post(listing(Check), asked)
    assert "For 12 claims." in page.text
    assert page.text.count('name="_selected_action"') == 1
    assert bulk_of(client, "submit", checks[0], select_across="1").total == 12


def test_approving_and_publishing_are_never_acts_of_the_list(desk, checker):
    factories.submitted(checker)
    for model, model_admin in site._registry.items():
        if model_admin.reads == "read_desk":
            form = desk.get(listing(model)).context["action_form"]
            names = [name for name, _label in form.fields["action"].choices if name] if form else []
            assert names == (["export_claims", "export_verdicts"] if model is Claim else [])
