"""Keeping what is being typed, throwing it away, and showing what a text will look like."""

import re

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from claims.access import desk
from claims.models import KeptDraft
from claims.text import replaced

KEY = re.compile(r"[a-z_]+\.[a-z_]+(:[0-9]{1,18})?")
NOT_TYPED = frozenset({"csrfmiddlewaretoken", "draft", "once", "version"})
LONGEST_PREVIEW = 100_000


@desk()
@require_POST
def keep_draft(request):
    """Called by the page itself every few seconds while somebody types; answers with the words to show."""
    key, version = request.POST.get("draft", ""), request.POST.get("version", "")
    if not KEY.fullmatch(key):
        return HttpResponse(status=400)
    typed = {
        name[:80]: [replaced(value) for value in values]
        for name, values in request.POST.lists()
        if name not in NOT_TYPED
    }
    version = int(version) if re.fullmatch("[0-9]{1,9}", version) else None
    kept = KeptDraft.objects.keep(request.user, key, typed, version)
    if kept is None:
        return HttpResponse(_("This is too long to be kept while you type. Save it."), status=413)
    time = date_format(timezone.localtime(kept.kept_at), "H:i")
    return HttpResponse(_("Kept at %(time)s, not saved yet.") % {"time": time})


@desk()
@require_POST
def drop_draft(request):
    KeptDraft.objects.forget(request.user, request.POST.get("draft", "")[:80])
    if request.htmx:
        return HttpResponse()
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "home")


@desk()
@require_POST
def preview(request):
    """The text of the field that `preview` names, as the public page will show it."""
    text = replaced(request.POST.get(request.POST.get("preview", ""), ""))[:LONGEST_PREVIEW]
    template = "desk/_preview.html" if request.htmx else "desk/preview.html"
    return render(request, template, {"text": text})
