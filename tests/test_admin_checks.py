"""The admin: a check goes through the hands of two people, by buttons."""

import pytest

from claims.admin.site import site
from claims.models import Verdict
from claims.states import CheckState
from tests import factories
from tests.admin_pages import act, address, button, listing, said, sent, verbs


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


def several(action, *checks):
    """What the list sends; with the versions, what the page between sends."""
    asked = {"action": action, "_selected_action": [check.pk for check in checks]}
    return asked, asked | {f"version-{check.pk}": check.version for check in checks}


def test_several_drafts_are_submitted_at_once_and_the_refused_are_told(desk, checker):
    ready, lacking = factories.draft(by=checker), factories.draft(by=checker, summary="")
    asked, sure = several("submit", ready, lacking)
    page = desk.post(listing(type(ready)), asked)
    assert ready.summary in page.content.decode()
    ready.refresh_from_db()
    assert ready.state == CheckState.DRAFTING
    response = desk.post(listing(type(ready)), sure)
    ready.refresh_from_db()
    assert ready.state == CheckState.SUBMITTED
    assert said(response) == [
        "Done with 1 check.",
        f"Refused: {lacking.claim}: Write the verdict in one or two sentences.",
    ]


def test_a_draft_changed_since_the_page_between_is_not_submitted_with_the_others(desk, checker):
    changed, ready = factories.draft(by=checker), factories.draft(by=checker)
    _asked, sure = several("submit", changed, ready)
    changed.edit(by=checker, summary="Words that nobody on that page has seen.")
    response = desk.post(listing(type(ready)), sure)
    changed.refresh_from_db()
    assert changed.state == CheckState.DRAFTING
    assert said(response)[0] == "Done with 1 check."
    assert said(response)[1].startswith(f"Refused: {changed.claim}: Somebody else changed this")


def test_several_submissions_are_sent_back_with_one_reason(desk, editor, checker):
    theirs, mine = factories.submitted(checker), factories.submitted(editor)
    asked, sure = several("send_back", theirs, mine)
    page = desk.post(listing(type(mine)), asked | {"reason": "Sent before anything was shown"})
    assert page.context["form"].errors == {}
    assert desk.post(listing(type(mine)), sure | {"reason": " "}).context["form"].errors == {
        "reason": ["This field is required."]
    }
    response = desk.post(listing(type(mine)), sure | {"reason": "Count again"})
    theirs.refresh_from_db()
    assert (theirs.state, theirs.returned_because) == (CheckState.DRAFTING, "Count again")
    assert said(response) == [
        "Done with 1 check.",
        f"Refused: {mine.claim}: You submitted this yourself. Take it back instead.",
    ]
    assert verbs()[-1] == "refusal"


def test_approving_and_publishing_are_never_acts_of_the_list(desk, checker):
    factories.submitted(checker)
    for model, model_admin in site._registry.items():
        if model_admin.reads == "read_desk":
            form = desk.get(listing(model)).context["action_form"]
            names = [name for name, _label in form.fields["action"].choices if name] if form else []
            wanted = {"Check": ["submit", "send_back"], "Claim": ["export_claims", "export_verdicts"]}
            assert names == wanted.get(model.__name__, [])
