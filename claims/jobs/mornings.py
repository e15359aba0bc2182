"""Telling people in the morning where they are, and in time for the day's mail."""

from datetime import timedelta

from claims.access import own_time_zone
from claims.models import Notification

HOUR = 6
SOME = 1_000
# Nowhere is the day further ahead of UTC than this.
FURTHEST = timedelta(hours=14)


def tell_of(records, untold):
    """Tell of these records, some at a time: untold() makes the notifications that are still to be given of a list of
    them. Returns how many those were."""
    told, last = 0, 0
    while some := list(records.filter(pk__gt=last).order_by("pk")[:SOME]):
        last, rows = some[-1].pk, untold(some)
        # Another worker may just have told them: the database keeps one of the two.
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        told += len(rows)
    return told


def morning_of(person, now, hour=HOUR):
    """(the time there, this hour of the same day there) for where the person is."""
    here = now.astimezone(own_time_zone(person))
    return here, here.replace(hour=hour, minute=0, second=0, microsecond=0)
