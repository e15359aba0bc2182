"""Mornings where people are."""

from claims.access import own_time_zone


def morning_of(person, now, hour):
    """(the time there, this hour of the same day there) for where the person is."""
    here = now.astimezone(own_time_zone(person))
    return here, here.replace(hour=hour, minute=0, second=0, microsecond=0)
