"""Documents: the list, and the page on which one is read with each claim's words marked in it."""

import re
from functools import partial

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import posted
from claims.forms.kept import kept_form
from claims.forms.sources import ArchiveForm, MarkForm, NewSourceForm, SourceDetailsForm, TextForm
from claims.models import Appearance, Snapshot, Source, editing
from claims.models.sources import add_source
from claims.paging import counted, page_of
from claims.search.find import newest_sources_like
from claims.templatetags.links import archive_search
from claims.views.acts import answer, done
from claims.views.reading import reading_context

OFFERED = 10
NUMBER = re.compile(r"#?[0-9]{1,18}")


def document_for(request, pk):
    visible = Source.objects.visible_to(request.user).select_related("publisher", "contained_in", "link")
    return get_object_or_404(visible, pk=pk)


@desk()
def sources(request):
    wanted = request.GET.get("text", "").strip()[:500]
    found = Source.objects.visible_to(request.user).found(wanted)
    page = page_of(found.select_related("publisher"), request.GET, "id", descending=True)
    claims = Appearance.objects.claims_by_source(page.rows)
    rows = [(each, claims.get(each.pk, 0)) for each in page.rows]
    context = {"page": page, "rows": rows, "count": counted(found), "wanted": wanted}
    return render(request, "desk/sources.html", context)


@desk()
def find_source(request):
    """The sources that fit what is being typed into a form's field, the one of this number first."""
    typed = request.GET.get("text", "").strip()[:2_000]
    visible = Source.objects.visible_to(request.user).select_related("publisher")
    numbered = list(visible.filter(pk=typed.lstrip("#"))) if NUMBER.fullmatch(typed) else []
    like = [each for each in newest_sources_like(visible, typed, OFFERED) if each not in numbered]
    context = {"sources": [*numbered, *like][:OFFERED], "typed": typed}
    return render(request, "desk/_sources_found.html", context)


@desk("write_claims")
def new_source(request):
    form = NewSourceForm(posted(request), user=request.user)
    if done(request, form, add_source):
        return redirect(form.result)
    return render(request, "desk/new_source.html", {"form": form})


@desk()
def source(request, pk):
    document = document_for(request, pk)
    may_mark = request.user.may("write_claims")
    form = MarkForm(user=request.user, source=document) if may_mark else None
    if form:
        kept_form(request, form, f"source.mark:{document.pk}")
    return render(request, "desk/source.html", reading_context(document, request.user, form))


@desk("write_claims")
def edit_source(request, pk):
    document = document_for(request, pk)
    form = SourceDetailsForm(posted(request), user=request.user, record=document)
    verb = partial(editing.edit_source, document)
    return answer(request, form, verb, heading=_("Edit the source"), button=_("Save"), back=document)


@desk("write_claims")
def archive_source(request, pk):
    document = document_for(request, pk)
    form = ArchiveForm(posted(request), record=document)
    verb, heading = partial(editing.archive_source, document), _("Record an archived copy")
    lead = _("Pages go. A verdict names the copy that was recorded by the time it is published.")
    search = "" if document.protected else archive_search(document.url)
    return answer(request, form, verb, heading=heading, button=_("Save"), back=document, lead=lead, look_there=search)


@desk("write_claims")
def paste_text(request, pk):
    document = document_for(request, pk)
    verb = partial(document.take_snapshot, how=Snapshot.How.PASTED)
    form = TextForm(posted(request))
    return answer(
        request, form, verb, heading=_("The text as it reads now"), button=_("Keep it"), back=document, to=document
    )
