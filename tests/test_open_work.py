"""Whose the open work is: never with who may not do it, whatever page was open and whoever is quicker."""

import threading

import pytest
from django.core.exceptions import ValidationError

from claims.models import Act, Claim, User
from claims.models.bulk import go_on, stage
from claims.models.checks import start_check
from claims.models.leaving import deactivate, edit_account, hand_over
from claims.models.noting import edit_claim
from claims.models.together import together
from tests import factories
from tests.test_concurrency import all_at_once


@pytest.fixture
def administrator(db):
    return factories.person("ada", "administrator", name="Ada Testperson")


@pytest.mark.parametrize(
    "left",
    [lambda person, by: deactivate(person, by=by), lambda person, by: person.edit(by=by, roles=["auditor"])],
    ids=["deactivated", "without the role"],
)
def test_nothing_new_lands_with_who_is_gone_though_a_page_of_before_names_them(administrator, checker, editor, left):
    claim, draft, seen = factories.selected(), factories.draft(by=editor), User.objects.get(pk=checker.pk)
    left(checker, administrator)
    for verb in (
        lambda: claim.assign(seen, by=editor),
        lambda: edit_claim(claim, by=editor, assignee=seen),
        lambda: factories.claim(by=editor, assignee=seen),
        lambda: start_check(claim, by=editor, assignee=seen),
        lambda: draft.edit(by=editor, assignee=seen),
        lambda: hand_over(editor, by=administrator, successor=seen),
    ):
        with pytest.raises(ValidationError, match="Vera Testperson may not check claims"):
            verb()
    assert not Claim.objects.in_hands_of(checker).exists()


def test_whoever_may_check_no_longer_keeps_no_open_work(administrator, checker, editor):
    claim, check = factories.selected().assign(checker, by=editor), factories.draft(by=checker)
    edit_account(checker, by=administrator, name="Vera Othername")
    claim.refresh_from_db()
    assert claim.assignee == checker
    edit_account(checker, by=administrator, roles=["auditor"], successor=editor)
    for record in (claim, check):
        record.refresh_from_db()
        assert record.assignee == editor
    first, second = Act.objects.order_by("-position")[:2][::-1]
    assert (first.verb, second.verb, first.batch == second.batch is not None) == ("user.edit", "user.hand_over", True)


def by_bulk_act(deed, claim, by, **values):
    go_on(stage(deed, Claim.objects.filter(pk=claim.pk), by=by, **values), by=by, expected=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "give",
    [
        lambda claim, to, by: claim.assign(to, by=by),
        lambda claim, to, by: by_bulk_act("assign", claim, by, assignee=to.pk),
        lambda claim, to, by: by_bulk_act("by-row", claim, by, rows={claim.pk: {"assignee": to.pk}}),
    ],
    ids=["assign", "bulk assign", "by row"],
)
def test_who_is_given_work_while_they_are_deactivated_keeps_none_of_it(administrator, checker, chief, give):
    claim, given, closed = factories.selected(), threading.Event(), threading.Event()

    def gives():
        with together():  # as a page of the admin, whose acts are written when it is done
            give(claim, checker, chief)
            given.set()
            closed.wait(timeout=1)  # in vain, since the account waits for this to end

    def closes():
        given.wait()
        deactivate(User.objects.get(pk=checker.pk), by=administrator)
        closed.set()

    assert all_at_once(gives, closes) == [None, None]
    assert (Claim.objects.get(pk=claim.pk).assignee, closed.is_set()) == (None, True)
