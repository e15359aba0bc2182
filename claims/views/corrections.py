"""What anybody may read of replaced verdicts: the corrections and the updates, newest first, and as CSV."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from claims.access import public
from claims.exchange.csv_export import SPREADSHEET, Stream, streamed
from claims.exchange.replaced_export import ReplacedExport
from claims.forms.replaced import CorrectionsForm, UpdatesForm
from claims.models import LogHead
from claims.paging import counted, page_of
from claims.views.replaced import replaced

ROWS = 20


@public
@require_safe
def corrections(request):
    return _listed(request, CorrectionsForm(request.GET), head=LogHead.objects.get())


@public
@require_safe
def updates(request):
    return _listed(request, UpdatesForm(request.GET))


@public
@require_safe
def corrections_csv(request):
    return _download(request, CorrectionsForm)


@public
@require_safe
def updates_csv(request):
    return _download(request, UpdatesForm)


def _listed(request, form, head=None):
    found = form.found
    page = page_of(found.with_replaced(), request.GET, "id", descending=True, size=ROWS)
    context = {
        "form": form,
        "page": page,
        "count": counted(found),
        "rows": [replaced(verdict) for verdict in page.rows],
        "head": head,
    }
    return render(request, "public/replaced.html", context)


def _download(request, form_class):
    form = form_class(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse(form.page)}?{request.GET.urlencode()}")  # which says what is wrong
    wanted = {name: request.GET.getlist(name) for name in form.fields if name in request.GET}
    flavour = request.GET.get("flavour", SPREADSHEET)
    # Whoever asks gets the same without being known, so the log has it from nobody.
    return streamed(Stream(ReplacedExport(form.page), form.found, flavour), by=None, wanted=wanted)
