"""What was told and is not mailed after all: it is so no longer, or the person may no longer read of it."""

from datetime import UTC, datetime

import pytest
from django.core import mail as outbox_of

from claims.jobs.mails import gather, send_mails
from claims.models import Mail, Notification, User
from claims.models.leaving import deactivate, edit_account
from tests import factories

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def mailed():
    """The mails that leave now. Whatever was not worth one is done with for good."""
    send_mails(lambda: NOON)
    assert (Mail.objects.waiting().count(), Notification.objects.unmailed().count()) == (0, 0)
    return outbox_of.outbox


def test_all_of_it_is_mailed_while_it_holds(checker, editor, chief):
    claim = factories.selected().assign(checker, by=editor)
    factories.comment(claim, by=editor, text="@vera look")
    factories.submitted(checker).send_back(by=editor, reason="Test: say where")
    factories.approved(checker, editor)
    gather(NOON)
    [sent] = mailed()
    assert (
        sent.subject.partition("] ")[2]
        == "1 claim assigned to you, 1 mention of you, 1 draft sent back, 1 draft approved"
    )


@pytest.mark.parametrize("way", ["read", "reassigned", "never", "gone", "roles"])
def test_work_that_is_theirs_no_longer(checker, editor, way):
    claim = factories.selected().assign(checker, by=editor)
    gather(NOON)
    if way == "read":
        Notification.objects.unread(checker).mark_read()
    elif way == "reassigned":
        claim.assign(editor, by=editor)
    elif way == "never":
        checker.choose_mail("never", by=checker)
    elif way == "gone":
        deactivate(checker, by=None)
    elif way == "roles":
        checker.edit(by=None, roles=["administrator"])  # not even where the work stayed with them
    assert mailed() == []


def test_a_check_that_went_to_somebody_else(checker, editor):
    check = factories.draft(by=editor)
    check.edit(by=editor, assignee=checker)
    gather(NOON)
    check.edit(by=editor, assignee=editor)
    assert mailed() == []


@pytest.mark.parametrize("way", ["removed", "edited", "protected"])
def test_words_that_name_them_no_longer_or_not_to_them(checker, editor, way):
    auditor = factories.person("anna", "auditor")
    comment = factories.comment(factories.claim(), by=editor, text="@anna look")
    gather(NOON)
    if way == "removed":
        comment.remove(by=editor)
    elif way == "edited":
        comment.edit(by=editor, text="Test: nobody need look")
    elif way == "protected":
        comment.edit(by=editor, text="@anna look", protected=True)
    assert (mailed(), Notification.objects.of(auditor).count()) == ([], 1)


def test_a_protected_comment_is_not_for_who_lost_that_trust(checker, editor):
    factories.comment(factories.claim(), by=editor, text="@vera look", protected=True)
    gather(NOON)
    User.objects.get(pk=checker.pk).edit(by=None, roles=["auditor"])
    assert mailed() == []


def test_a_draft_that_was_submitted_again(checker, editor):
    check = factories.submitted(checker).send_back(by=editor, reason="Test: say where")
    gather(NOON)
    check.submit(by=checker)
    assert mailed() == []


def test_an_approval_that_was_withdrawn(checker, editor):
    check = factories.approved(checker, editor)
    gather(NOON)
    check.withdraw_approval(by=editor, reason="Test: not yet")
    send_mails(lambda: NOON)
    assert [each.subject.partition(" sent the draft")[1] for each in mailed()] == [" sent the draft"]


def test_whoever_may_read_no_claims_is_mailed_of_none_gathered_later(checker, editor):
    factories.selected().assign(checker, by=editor)
    edit_account(checker, by=None, roles=["administrator"])
    gather(NOON)
    assert (Mail.objects.count(), mailed()) == (0, [])
