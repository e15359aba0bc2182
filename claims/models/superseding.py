"""Reopening what was published: a new check beside the verdict in force, which stays public until another comes."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from claims.models.checks import open_file
from claims.models.log import acting
from claims.states import ClaimStatus, WrongState


def reopen(claim, *, by, reason, assignee=None, version=None, once=None):
    """Open a check of a published claim again, with the reason; it begins with what the verdict in force says.

    What it publishes will supersede that verdict. Raises WrongState where none is in force or a check is open."""
    with acting("check.reopen", by=by, reason=reason, needs_reason=True, once=once) as act:
        act.lock(claim, version=version)
        if claim.status != ClaimStatus.PUBLISHED:
            raise WrongState(_("Only a published claim without an open check is reopened."))
        # Whoever had it when it was published may be gone since: published claims are handed over to nobody.
        had = claim.assignee if claim.assignee and claim.assignee.may("draft_checks") else None
        last = claim.verdict.check_file
        pieces = claim.evidence.filter(Q(chosen_by=last) | Q(added_at__gt=claim.verdict.published_at))
        return open_file(
            act,
            claim,
            assignee or had or act.by,
            evidence=list(pieces.distinct().order_by("pk")),
            reopened_because=act.reason,
            rating=last.rating if last.rating and last.rating.offered else None,
            summary=last.summary,
            explanation=last.explanation,
            evidence_until=last.evidence_until,
            disclosures=last.disclosures,
            answers=last.answers,
        )
