"""Lists taken home as CSV: exactly the filter of the list that the button stands on."""

from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from claims.access import desk
from claims.exchange.csv_export import EXPORTS, FLAVOURS, SPREADSHEET, Stream, streamed
from claims.filters import filtered_claims


@desk("export")
@require_GET
def verdicts_csv(request):
    return _download(request, "verdicts")


@desk("export")
@require_GET
def claims_csv(request):
    return _download(request, "claims")


@desk("export")
@require_GET
def verdict_evidence_csv(request):
    return _download(request, "verdict-evidence")


def _download(request, name):
    params = request.GET.copy()
    flavours = params.pop("flavour", [SPREADSHEET])
    claims, filterset = filtered_claims(params, request.user)
    if flavours[-1] not in FLAVOURS:
        params["flavour"] = flavours[-1]  # no list knows it, so the list says so
    if "flavour" in params or not filterset.is_valid():
        return redirect(f"{reverse('claims')}?{params.urlencode()}")  # which says what is wrong
    return streamed(
        Stream(EXPORTS[name], claims, flavours[-1], filterset.which), by=request.user, wanted=dict(params.lists())
    )
