"""Telling people that a claim of theirs is due."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import ngettext

from claims.jobs.mornings import morning_of
from claims.models import Claim, Notification

# Told in the morning where the assignee is, and in time for the day's mail.
HOUR = 6
SOME = 1_000
# Nowhere is the day further ahead of UTC than this.
FURTHEST = timedelta(hours=14)


def tell_due(clock=timezone.now):
    """Each assignee is told once of each claim and due day, on that day; late where no worker ran."""
    now, told, last = clock(), 0, 0
    while True:
        due = Claim.objects.due_untold((now + FURTHEST).date()).filter(pk__gt=last).select_related("assignee")
        claims = list(due.order_by("pk")[:SOME])
        if not claims:
            break
        last = claims[-1].pk
        rows = [row for row in (_due_now(claim, now) for claim in claims) if row]
        # Another worker may just have told them: the database keeps one of the two.
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        told += len(rows)
    words = ngettext("%d claim is due: its assignee was told.", "%d claims are due: their assignees were told.", told)
    return words % told if told else ""


def _due_now(claim, now):
    """The notification, or None where it is not yet morning of that day for the assignee."""
    here, morning = morning_of(claim.assignee, now, HOUR)
    if here < morning or claim.due_on > here.date():
        return None
    return Notification(person=claim.assignee, kind=Notification.Kind.DUE, claim=claim, due_on=claim.due_on, at=morning)
