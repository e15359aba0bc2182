"""What everybody may read."""

from itertools import pairwise

from django.http import Http404
from django.shortcuts import get_object_or_404, render

from claims.access import public
from claims.models import Claim, VerdictEvidence
from claims.views.replaced import replaced

STANCES = VerdictEvidence._meta.get_field("stance").choices


@public
def public_claim(request, pk):
    """A published claim, out of the frozen copies of its verdicts alone: what the desk says now, and how it came to."""
    return _page(request, pk)


@public
def public_verdict(request, pk, number):
    """Any verdict of a claim, word for word as it was published, in force or not."""
    return _page(request, pk, number)


def _page(request, pk, number=None):
    claim = get_object_or_404(Claim.objects.published(), pk=pk)
    verdicts = linked(claim.verdicts.order_by("number").prefetch_related("frozen_evidence"))
    shown = verdicts[-1] if number is None else next((each for each in verdicts if each.number == number), None)
    if shown is None:
        raise Http404
    pieces = list(shown.frozen_evidence.all())
    context = {
        "verdict": shown,
        "last": verdicts[-1],
        "alone": number is not None,
        "redacted": any(each.lost(each.frozen_evidence.all()) for each in (verdicts if number is None else [shown])),
        "evidence": [(label, [each for each in pieces if each.stance == stance]) for stance, label in STANCES],
        "history": [replaced(each) for each in reversed(verdicts[1:])],
        "first": verdicts[0],
    }
    return render(request, "public/claim.html", context)


def linked(verdicts):
    """The verdicts of one claim, first to last, each told of its neighbours without asking the database again."""
    verdicts = list(verdicts)
    for old, new in pairwise(verdicts):
        new.supersedes = old  # which tells the old one of its superseded_by, too
    return verdicts
