"""When somebody leaves, or checks claims no longer: the account is closed, sessions end, open work goes to others."""

import uuid

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from claims.models.checks import Check
from claims.models.claims import IN_HAND, Claim
from claims.models.log import acting
from claims.models.many import change_many, lock_many
from claims.models.notifications import tell_assigned
from claims.models.users import must_check
from claims.policy import permissions_of
from claims.states import WrongState

AT_ONCE = 1_000


def deactivate(person, *, by, successor=None, reason="", version=None, once=None):
    """Let somebody in no more, and give their open claims and checks to `successor`, or to nobody (None).

    One batch: the account first, then the work as in hand_over(). From then on every verb that gives work refuses them
    (users.must_check), so that nothing new lands with who is gone."""
    _may_take_over(person, successor)
    if by == person:
        raise WrongState(_("You cannot deactivate your own account. Another administrator can."))
    batch = uuid.uuid4()
    with acting("user.deactivate", by=by, reason=reason, batch=batch, once=once) as act:
        with person.changed_under(act, version):
            if not person.is_active:
                raise WrongState(_("This account is deactivated already."))
            act.change(person, is_active=False)
        act.derive(person, sessions_ended=person.sessions_ended + 1)
    return hand_over(person, successor=successor, by=by, reason=reason, batch=batch)


def edit_account(person, *, by, successor=None, version=None, once=None, **values):
    """User.edit(); whoever may not check claims after it keeps no open work: that goes to `successor`, or to nobody
    (None), in one batch with it."""
    _may_take_over(person, successor)
    checks = "draft_checks" in permissions_of(values.get("roles", person.roles))
    batch = uuid.uuid4() if not checks and Claim.objects.in_hands_of(person).exists() else None
    person.edit(by=by, batch=batch, version=version, once=once, **values)
    return hand_over(person, successor=successor, by=by, batch=batch) if batch else person


def reactivate(person, *, by, version=None, once=None):
    """Let somebody in again: password, second step and roles are as they were; old sessions and links stay ended."""
    with acting("user.reactivate", by=by, once=once) as act:
        act.lock(person, version=version)
        if person.is_active:
            raise WrongState(_("This account is active."))
        act.change(person, is_active=True)
    return person


def hand_over(person, *, by, successor=None, reason="", batch=None, version=None, once=None):
    """Give the open claims and checks of a person to another, or to nobody (None).

    Every thousand claims are one act in a transaction of its own, all of one batch."""
    _may_take_over(person, successor)
    waiting = list(Claim.objects.in_hands_of(person).order_by("pk").values_list("pk", flat=True))
    batch = batch or uuid.uuid4()
    for start in range(0, len(waiting), AT_ONCE):
        with acting("user.hand_over", by=by, reason=reason, batch=batch, once=once if start == 0 else None) as act:
            _pass_on(act, waiting[start : start + AT_ONCE], person, successor)
            if start == 0 and version is not None:
                act.lock(person, version=version)
            if act.lines:
                act.note("user", object_id=person.pk, work_goes_to=successor and successor.username)
    return person


def _may_take_over(person, successor):
    if successor is None:
        return
    if successor == person:
        raise ValidationError({"successor": _("Choose somebody else.")})
    if not successor.may("draft_checks"):
        raise ValidationError({"successor": _("%(person)s may not check claims.") % {"person": successor}})


def _pass_on(act, keys, person, successor):
    """What somebody else took meanwhile, or what was finished, stays as it is."""
    claims = lock_many(Claim.objects.filter(pk__in=keys))
    theirs = [claim for claim in claims if claim.assignee_id == person.pk and claim.status in IN_HAND]
    checks = lock_many(Check.objects.open().filter(claim__in=keys, assignee=person))
    must_check(successor)
    tell_assigned(act, change_many(act, [(claim, {"assignee": successor}, {}) for claim in theirs]))
    change_many(act, [(check, {"assignee": successor}, {}) for check in checks])
