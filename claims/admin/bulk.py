"""Bulk edits: chosen claims, one deed, its dry run, its progress, and its undoing.

An action of the claims list asks for what the deed needs and stages it; the page of the staged bulk act shows what it
would change, does it a thousand claims at a time, and undoes it."""

from functools import partial

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import prefetch_related_objects
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.admin.base import ReadOnlyAdmin, admin_address
from claims.admin.site import site
from claims.exchange.csv_export import EXPORTS, SPREADSHEET, Stream, logged
from claims.forms import bulk as forms
from claims.forms.acts import posted
from claims.models import BulkAct, Claim
from claims.models.bulk import PORTION, UNDO, attempt, discard, go_on, in_words, may_do, stage, stage_undo, stop
from claims.models.deeds import LABELS
from claims.states import NotAllowed, Refused
from claims.text import whole

SHOWN = 50
# What a dry run leaves out, since other lines say it.
UNTOLD = frozenset({"status", "submitted_digest", "submitted_at", "returned_because", "approved_digest"})
# What each deed of the list needs to know.
ASKED = {
    "select": forms.ManySelectForm,
    "put-back": forms.ManyPutBackForm,
    "decline": forms.ManyReasonForm,
    "assign": forms.ManyAssignForm,
    "priority": forms.ManyPriorityForm,
    "kind": forms.ManyKindForm,
    "add-topic": forms.ManyTopicForm,
    "remove-topic": forms.ManyTopicForm,
    "rate": forms.ManyRatingForm,
    "submit": forms.ManyForm,
    "send-back": forms.ManyReasonForm,
}


def _ask(deed, modeladmin, request, queryset):
    """The page that asks for what the deed needs; sent, it stages the deed on the chosen claims."""
    form = ASKED[deed](posted(request) if "asked" in request.POST else None)
    if form.is_valid():
        reason, values = form.asked()
        try:
            bulk = stage(deed, queryset, by=request.user, reason=reason, **values)
            return redirect(admin_address(bulk))
        except ValidationError as error:
            for name, errors in getattr(error, "error_dict", {None: error}).items():
                form.add_error(name if name in form.fields else None, errors)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": LABELS[deed],
        "opts": modeladmin.opts,
        "form": form,
        "action": request.POST["action"],
        "box": helpers.ACTION_CHECKBOX_NAME,
        "chosen": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "across": request.POST.get("select_across") == "1",
        "count": queryset.count(),
    }
    return TemplateResponse(request, "admin/claims/bulk_ask.html", context)


def _action(deed):
    """An action of the list; Django knows it by its name."""
    action = partial(_ask, deed)
    action.__name__ = deed.replace("-", "_")
    return admin.action(permissions=["bulk"], description=format_lazy("{}…", LABELS[deed]))(action)


def _export(name, modeladmin, request, queryset):
    claims = Claim.objects.visible_to(request.user).filter(pk__in=queryset.order_by().values("pk"))
    stream = Stream(EXPORTS[name], claims, SPREADSHEET)
    wanted = {"admin": ["claims"], **dict(request.GET.lists())}
    lines = logged(stream, by=request.user, wanted=wanted)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _export_action(name, label):
    action = partial(_export, name)
    action.__name__ = f"export_{name}"
    return admin.action(permissions=["export"], description=label)(action)


BULK_ACTIONS = [
    *map(_action, ASKED),
    _export_action("claims", gettext_lazy("Export as CSV: claims")),
    _export_action("verdicts", gettext_lazy("Export as CSV: verdicts")),
]


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
        bulk_acts = super().get_queryset(request)
        one = request.resolver_match.url_name.endswith("_change")
        return bulk_acts if one else bulk_acts.defer("rows", "refused", "values")

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
            *super().get_urls(),
        ]

    def table_view(self, request):
        """Other values for each claim, pasted from a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = forms.TableForm(posted(request))
        if form.is_valid():
            rows = form.cleaned_data["table"]
            bulk = stage("by-row", Claim.objects.filter(pk__in=rows), by=request.user, rows=rows)
            return redirect(admin_address(bulk))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change claims by a table"), "opts": self.opts, "form": form,
        }  # fmt: skip
        return TemplateResponse(request, "admin/claims/bulk_table.html", context)

    def bulk_view(self, request, pk):
        bulk = self.get_queryset(request).select_related("by", "ended_by", "undoes").filter(pk=pk).first()
        if bulk is None:
            raise Http404
        if not self.has_view_permission(request, bulk):
            raise PermissionDenied
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
            if (expected := whole(request.POST.get("expected", ""))) is not None:
                bulk = go_on(bulk, by=request.user, expected=expected)
        except NotAllowed:
            raise
        except (ValidationError, Refused) as refusal:
            messages.error(request, in_words(refusal))
            return redirect(admin_address(bulk))
        return redirect(admin_address(bulk)) if bulk.over else self.page_of(request, bulk, going=bulk.begun)

    def page_of(self, request, bulk, *, going=False):
        """`going`: the page asks for the next portion by itself."""
        context = {
            **self.admin_site.each_context(request),
            "title": bulk.label,
            "opts": self.opts,
            "bulk": bulk,
            "going": going,
            "may_do": may_do(bulk.verb, request.user),
            "undoings": bulk.undoings.order_by("staged_at"),
            **(_refused(bulk) if bulk.begun or bulk.deed == UNDO else _tried(bulk, request.user)),
        }
        return TemplateResponse(request, "admin/claims/bulk.html", context)


def _refused(bulk):
    """Who was refused so far, and why."""
    some = bulk.refused[:SHOWN]
    claims = Claim.objects.in_bulk([number for number, _why in some])
    return {
        "refused": [(claims[number], why) for number, why in some],
        "more_refused": max(0, len(bulk.refused) - SHOWN),
    }


def _tried(bulk, by):
    """The dry run: of a table all of it, of other bulk acts the first portion."""
    try:
        tried = attempt(bulk, by=by, most=max(PORTION, forms.MOST_ROWS if bulk.deed == "by-row" else 0))
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
