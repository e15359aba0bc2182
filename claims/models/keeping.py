"""What follows from a change: lists, search documents and approvals are kept in step with what they rest on."""

from django.utils.translation import gettext as _

from claims.models.checks import Check
from claims.models.claims import Claim
from claims.models.deskwords import in_words_of_the_desk
from claims.models.freezing import content_digest
from claims.models.searchdocuments import index_claims
from claims.states import OPEN, WAITING, CheckState

SOME = 1_000


def keep_in_step(act, ids, *, because):
    """Call in an open act after changing what the claims of these ids show in lists, or what a verdict would say.

    `because` says in words what changed; it is shown where an approval or submission falls by it."""
    for some in _portions(ids):
        # Those that are not written too: a check below locks its claim again.
        _lock(some)
        for claim in some.select_related("claimant", "principal_appearance__source", "rating").order_by("pk"):
            act.derive(claim)
        for check in Check.objects.filter(claim__in=some.values("pk"), state__in=OPEN).order_by("claim_id"):
            # The claim first, as every verb of a check does: two that lock in one order never wait for each other.
            claim = act.lock(check.claim)
            act.lock(check)
            check.claim = claim
            if check.state == CheckState.DRAFTING:
                # Nobody submits what they have not seen: a page opened before this finds itself stale.
                act.touch(check)
            elif check.state in WAITING and content_digest(check) != check.submitted_digest:
                check.back_to_draft(act, because)


def keep_found(ids):
    """Call in an open act after changing the words by which the claims of these ids are found."""
    for some in _portions(ids):
        _lock(some)
        index_claims(some)


def _lock(claims):
    """In the order of their numbers, and before anything is read: what another act changes meanwhile would be
    overwritten by what stood before it, and of a record read while it is locked PostgreSQL joins what stood before."""
    list(claims.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _portions(ids):
    ids = sorted(ids)
    for first in range(0, len(ids), SOME):
        yield Claim.objects.filter(pk__in=ids[first : first + SOME])


def said(what):
    """The standard reason for a fallen approval; `what` may still be lazy."""
    with in_words_of_the_desk():
        return _("%(what)s changed after it was submitted, so it must be submitted and approved again.") % {
            "what": what
        }
