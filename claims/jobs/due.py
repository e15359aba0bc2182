"""Telling people that a claim of theirs is due."""

from django.utils import timezone
from django.utils.translation import ngettext

from claims.jobs.mornings import FURTHEST, morning_of, tell_of
from claims.models import Claim, Notification


def tell_due(clock=timezone.now):
    """Each assignee is told once of each claim and due day, on that day; late where no worker ran."""
    now = clock()
    due = Claim.objects.due_untold((now + FURTHEST).date()).select_related("assignee")
    told = tell_of(due, lambda claims: [row for row in (_due_now(claim, now) for claim in claims) if row])
    words = ngettext("%d claim is due: its assignee was told.", "%d claims are due: their assignees were told.", told)
    return words % told if told else ""


def _due_now(claim, now):
    """The notification, or None where it is not yet morning of that day for the assignee."""
    here, morning = morning_of(claim.assignee, now)
    if here < morning or claim.due_on > here.date():
        return None
    return Notification(person=claim.assignee, kind=Notification.Kind.DUE, claim=claim, due_on=claim.due_on, at=morning)
