"""The review queue: where a check stands in somebody's, and where they go on from it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from claims.models import Check
from claims.paging import counted, follow

# The parameter of a claim's page, and the name in its forms, by which a person walks along the queue.
QUEUE = "queue"
KEY = "submitted_at"


@dataclass(frozen=True)
class Place:
    """Where one check stands in the queue; `number` is None where it does not wait for this person."""

    number: str | None
    count: str
    before: str | None
    after: str | None


def queue_of(user):
    return Check.objects.visible_to(user).queue_of(user)


def in_queue(check):
    """The address of the claim's page for somebody who walks along the queue."""
    return f"{reverse('claim', args=[check.claim_id])}?{QUEUE}=1"


def _neighbour(queue, place, *, upwards):
    found = follow(queue, KEY, place, upwards=upwards).first()
    return in_queue(found) if found else None


def place_of(check, user):
    """Where the check stands in the person's queue. What is not waiting stands before all that is."""
    queue = queue_of(user)
    waits = check is not None and queue.filter(pk=check.pk).exists()
    if not waits:
        return Place(None, counted(queue), None, _neighbour(queue, None, upwards=True))
    here = (check.submitted_at, check.pk)
    return Place(
        number=counted(follow(queue, KEY, here, upwards=False), more=1),
        count=counted(queue),
        before=_neighbour(queue, here, upwards=False),
        after=_neighbour(queue, here, upwards=True),
    )


def done_to(request, check):
    """The word on an act for who came along the queue, who sees the next claim with it; None for everybody else."""
    if QUEUE not in request.POST:
        return None
    return _("Done for claim %(number)d, “%(claim)s”. It stands in its history.") % {
        "number": check.claim_id,
        "claim": Truncator(check.claim.statement).chars(80),
    }


def onward(request, check):
    """A function that says where a person goes on after an act on the check as it is now: to the check, but along the
    queue for who came along it. There the next is the first that waits for this person from here on, which is this
    very check where they approved it and may publish it too; after the last comes the oldest."""
    here = (check.submitted_at, check.pk - 1)

    def where():
        if QUEUE not in request.POST:
            return check
        queue = queue_of(request.user)
        after = _neighbour(queue, here if here[0] else None, upwards=True)
        return after or _neighbour(queue, None, upwards=True) or reverse("review")

    return where
