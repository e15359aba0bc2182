"""Files that belong to a source: attaching one, and handing one out so that nothing in it can act."""

from functools import partial

from django.http import FileResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from claims.access import desk
from claims.file_kinds import MediaType
from claims.forms.acts import posted
from claims.forms.files import NewFileForm
from claims.models import SnapshotFile, files
from claims.states import Refused
from claims.text import whole
from claims.views.acts import answer
from claims.views.sources import document_for

# What a browser shows though it lies in a sandbox that lets nothing run. All else is saved, never opened on this site.
SHOWN = {MediaType.PDF, MediaType.PNG, MediaType.JPEG, MediaType.WEBP, MediaType.TEXT}
# As which type it leaves: HTML must never be read as a page of this site, whatever ignores the rest.
SENT_AS = {MediaType.HTML: "application/octet-stream", MediaType.TEXT: "text/plain; charset=utf-8"}
INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


@desk()
def file(request, pk):
    """The file itself, as it was put there; a page that says why where it cannot be."""
    kept = get_object_or_404(SnapshotFile.objects.visible_to(request.user), pk=pk)
    try:
        content = kept.opened()
    except Refused as refusal:
        return render(request, "desk/no_file.html", {"message": refusal.message, "file": kept}, status=404)
    kind = MediaType(kept.media_type)
    sent_as = SENT_AS.get(kind, kind.value)
    return FileResponse(
        content, as_attachment=kind not in SHOWN, filename=kept.saved_as, content_type=sent_as, headers=INERT
    )


@desk("write_evidence")
def add_file(request, pk):
    document = document_for(request, pk)
    wanted = whole(request.GET.get("snapshot", ""))
    form = NewFileForm(posted(request), request.FILES or None, source=document, initial={"snapshot": wanted})
    verb = partial(files.add_file, document)
    return answer(
        request, form, verb, heading=_("Attach a file"), button=_("Keep it"), back=document,
        to=lambda: form.result, said=_("The file is kept."),
    )  # fmt: skip
