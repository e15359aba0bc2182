"""Bulk acts: the list of them, the pasted table, and the page of a staged one, which shows what it would change, does
it a thousand claims at a time, stops it and undoes it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.admin.base import ReadOnlyAdmin, admin_address
from claims.admin.site import site
from claims.exchange.bulk_export import BulkExport
from claims.exchange.csv_export import Stream, streamed
from claims.forms.acts import posted
from claims.forms.pasted_table import MOST_ROWS, TableForm
from claims.models import BulkAct, Claim
from claims.models.bulk import PORTION, UNDO, attempt, discard, go_on, in_words, may_do, stage, stage_undo, stop
from claims.models.withholding import without_kept_reasons
from claims.states import NotAllowed, Refused
from claims.text import whole

SHOWN = 50
# What a dry run leaves out, since other lines say it.
UNTOLD = frozenset({"status", "submitted_digest", "submitted_at", "returned_because", "approved_digest"})


@admin.register(BulkAct, site=site)
class BulkActAdmin(ReadOnlyAdmin):
    """What was done to many claims at once, newest first; a page each, on which it goes on or is undone."""

    reads = "bulk_edit"
    list_display = ["what", "by", "staged_at", "of_claims", "changed", "how_far"]
    list_display_links = ["what"]
    list_select_related = ["by", "undoes"]
    ordering = ["-staged_at", "pk"]
    change_list_template = "admin/claims/bulk_list.html"

    def get_queryset(self, request):
        """The list does without what grows with the claims."""
        return super().get_queryset(request).defer("rows", "refused", "values")

    @admin.display(description=gettext_lazy("what"))
    def what(self, bulk):
        return bulk.label

    @admin.display(description=gettext_lazy("claims"))
    def of_claims(self, bulk):
        return "–" if bulk.deed == UNDO else bulk.total

    @admin.display(description=gettext_lazy("state"))
    def how_far(self, bulk):
        if bulk.finished:
            return _("done")
        if not bulk.begun:
            return _("not begun")
        if bulk.over:
            return _("stopped: %(done)d of %(total)d") % {"done": bulk.done, "total": bulk.total}
        return _("begun: %(done)d of %(total)d") % {"done": bulk.done, "total": bulk.total}

    def get_urls(self):
        entered = self.admin_site.admin_view
        return [
            path("table/", entered(self.table_view), name="claims_bulkact_table"),
            path("<uuid:pk>/change/", entered(self.bulk_view), name="claims_bulkact_change"),
            path("<uuid:pk>/claims.csv", entered(self.csv_view), name="claims_bulkact_csv"),
            *super().get_urls(),
        ]

    def table_view(self, request):
        """Other values for each claim, pasted from a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TableForm(posted(request))
        if form.is_valid():
            rows = form.cleaned_data["table"]
            claims = Claim.objects.visible_to(request.user).filter(pk__in=rows)
            bulk = stage("by-row", claims, by=request.user, rows=rows, left_alone=form.left_alone)
            return redirect(admin_address(bulk))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change claims by a table"), "opts": self.opts, "form": form,
        }  # fmt: skip
        return TemplateResponse(request, "admin/claims/bulk_table.html", context)

    def found_for(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        bulk = BulkAct.objects.select_related("by", "ended_by", "undoes").filter(pk=pk).first()
        if bulk is None:
            raise Http404
        return bulk

    def csv_view(self, request, pk):
        """Each claim of a bulk act and what came of it, however many they are."""
        bulk = self.found_for(request, pk)
        if not request.user.may("export"):
            raise PermissionDenied
        stream = Stream(BulkExport(bulk, request.user), Claim.objects.visible_to(request.user))
        return streamed(stream, by=request.user, wanted={"bulk": [str(bulk.pk)]})

    def bulk_view(self, request, pk):
        bulk = self.found_for(request, pk)
        if request.method == "POST":
            return self.act(request, bulk)
        return self.page_of(request, bulk)

    def act(self, request, bulk):
        """Do what the button says. A portion that was done answers with the page itself, whose script asks for the
        next; what ends or cannot be done leads away from that, and no page that was merely opened goes on."""
        try:
            if "undo" in request.POST:
                return redirect(admin_address(stage_undo(bulk, by=request.user)))
            if "stop" in request.POST:
                return redirect(admin_address(stop(bulk, by=request.user)))
            if "discard" in request.POST:
                discard(bulk, by=request.user)
                messages.success(request, _("Thrown away. Nothing was changed."))
                return redirect(admin_address(bulk.undoes) if bulk.undoes else "admin:claims_bulkact_changelist")
            expected = whole(request.POST.get("expected", ""))
            if expected is None:
                return redirect(admin_address(bulk))
            bulk = go_on(bulk, by=request.user, expected=expected)
        except NotAllowed:
            raise
        except (ValidationError, Refused) as refusal:
            messages.error(request, in_words(refusal))
            return redirect(admin_address(bulk))
        return redirect(admin_address(bulk)) if bulk.over else self.page_of(request, bulk, going=True)

    def page_of(self, request, bulk, *, going=False):
        """`going`: the page asks for the next portion by itself."""
        context = {
            **self.admin_site.each_context(request),
            "title": bulk.label,
            "opts": self.opts,
            "bulk": bulk,
            "going": going,
            "may_do": may_do(bulk.verb, request.user),
            "may_export": request.user.may("export"),
            "undoings": [each for each in bulk.undoings.order_by("staged_at") if each.begun],
            **(_refused(bulk, request.user) if bulk.begun or bulk.deed == UNDO else _tried(bulk, request.user)),
        }
        return TemplateResponse(request, "admin/claims/bulk.html", context)


def _refused(bulk, user):
    """Who was refused so far, and why."""
    some = without_kept_reasons(bulk.refused[:SHOWN], user)
    claims = Claim.objects.in_bulk([number for number, _why in some])
    return {
        "refused": [(claims[number], why) for number, why in some],
        "more_refused": max(0, len(bulk.refused) - SHOWN),
    }


def _tried(bulk, by):
    """The dry run: of a table all of it, of other bulk acts the first portion."""
    try:
        tried = attempt(bulk, by=by, most=max(PORTION, MOST_ROWS if bulk.deed == "by-row" else 0))
    except ValidationError as error:
        return {"faults": in_words(error)}
    differing = [(claim, change) for claim, change in tried.changes if change.says or any(_differing(claim, change))]
    prefetch_related_objects([claim for claim, _change in differing[:SHOWN]], "assignee")
    drafts = [claim.draft for claim, _change in differing[:SHOWN] if claim.draft]
    prefetch_related_objects(drafts, "assignee", "rating", "submitted_by")
    return {
        "tried": tried,
        "would": len(differing),
        "lines": [(claim, _told(claim, change)) for claim, change in differing[:SHOWN]],
        "more_lines": max(0, len(differing) - SHOWN),
        "as_wanted": len(tried.changes) - len(differing),
        "refused": tried.refused[:SHOWN],
        "more_refused": max(0, len(tried.refused) - SHOWN),
    }


def _differing(claim, change):
    """(record, field, new value) of what a claim does not say already."""
    for record, values in ((claim, change.claim), (claim.draft, change.check)):
        for name, new in values.items():
            field = record._meta.get_field(name)
            if getattr(record, field.attname) != getattr(new, "pk", new):
                yield record, field, new


def _told(claim, change):
    """What a claim would say, a line each."""
    told = [change.says] if change.says else []
    for record, field, new in _differing(claim, change):
        if field.name not in UNTOLD:
            old, new = (_shown(field, each) for each in (getattr(record, field.name), new))
            told.append(f"{capfirst(str(field.verbose_name))}: {old} → {new}")
    return told


def _shown(field, value):
    return "–" if value in (None, "") else dict(getattr(field, "flatchoices", ())).get(value, value)
