"""Telling people that an answer they wait for did not come in time."""

from django.utils import timezone
from django.utils.translation import ngettext

from claims.jobs.mornings import FURTHEST, morning_of, tell_of
from claims.models import Check, Notification, RequestForComment

KIND = Notification.Kind.NO_ANSWER


def tell_overdue(clock=timezone.now):
    """Who asked, and who drafts the check of the claim, are told once of each claim and last day: on the next morning
    where they are, or late where no worker ran."""
    now = clock()
    late = RequestForComment.objects.overdue((now + FURTHEST).date()).select_related("asked_by", "claim")
    told = tell_of(late, lambda requests: _untold(requests, now))
    words = ngettext("%d notice of an answer that is overdue.", "%d notices of answers that are overdue.", told)
    return words % told if told else ""


def _untold(requests, now):
    claims = {each.claim_id for each in requests}
    drafts = Check.objects.open().filter(claim__in=claims).select_related("assignee")
    drafters = {check.claim_id: check.assignee for check in drafts}
    known = Notification.objects.filter(kind=KIND, claim__in=claims).values_list("person", "claim", "due_on")
    known, rows = set(known), []
    for request in requests:
        for person in {request.asked_by, drafters.get(request.claim_id)} - {None}:
            key = person.pk, request.claim_id, request.deadline
            if key not in known and (morning := _due_now(request, person, now)):
                known.add(key)
                rows.append(
                    Notification(person=person, kind=KIND, claim=request.claim, due_on=request.deadline, at=morning)
                )
    return rows


def _due_now(request, person, now):
    """The morning on which they are told, or None: not yet, or never, where they may not see it."""
    here, morning = morning_of(person, now)
    sees = person.is_active and (not request.protected or person.may("see_protected"))
    return morning if sees and here >= morning and request.deadline < here.date() else None
