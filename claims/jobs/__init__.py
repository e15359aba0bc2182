"""What the worker does while nobody looks: each job does what is due, and may be stopped and done again at any time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from claims.jobs.due import tell_due
from claims.jobs.links import look_after_links
from claims.jobs.mails import send_mails
from claims.jobs.overdue import tell_overdue
from claims.jobs.redactions import carry_on
from claims.jobs.staged import drop_staged


@dataclass(frozen=True)
class Job:
    """`do` takes a clock (a function that tells the time), does a bounded amount of what is due, and returns what it
    did in a line, or "" where there was nothing. Any number of workers may do it at once."""

    name: str
    every: timedelta
    do: Callable


JOBS = [
    Job("due", timedelta(minutes=10), tell_due),
    Job("overdue", timedelta(minutes=10), tell_overdue),
    Job("staged", timedelta(hours=1), drop_staged),
    Job("links", timedelta(seconds=20), look_after_links),
    Job("redactions", timedelta(minutes=1), carry_on),
    Job("mails", timedelta(seconds=10), send_mails),
]
