"""What everybody may read."""

from django.shortcuts import get_object_or_404, render

from claims.access import public
from claims.models import Claim, VerdictEvidence

STANCES = VerdictEvidence._meta.get_field("stance").choices


@public
def public_claim(request, pk):
    """A published claim, out of the frozen copies of its verdict alone."""
    claim = get_object_or_404(Claim.objects.published().select_related("verdict"), pk=pk)
    pieces = list(claim.verdict.frozen_evidence.order_by("line"))
    context = {
        "verdict": claim.verdict,
        "evidence": [(label, [each for each in pieces if each.stance == stance]) for stance, label in STANCES],
    }
    return render(request, "public/claim.html", context)
