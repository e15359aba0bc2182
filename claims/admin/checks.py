"""Checks: the draft of a verdict, and its way through the hands of two people. And the scale they rate on."""

from functools import partial

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from claims.admin.acts import ActsAdmin, Button, form_of
from claims.admin.asking import VerbForm
from claims.admin.base import DeskInline, ReadOnlyAdmin, shown_fields
from claims.admin.bulk_actions import CHECK_ACTIONS
from claims.admin.site import site
from claims.forms.acts import ReasonForm
from claims.forms.checks import ApproveForm, EvidenceBoxes
from claims.models import Check, ChosenEvidence, Rating
from claims.models.offers import offered_for_check
from claims.models.publishing import publish
from claims.models.ready import asked_of
from claims.templatetags.desk import asked_badge, rating_badge, status_badge

DRAFT = ["rating", "summary", "explanation", "evidence_until", "disclosures", "recheck_on"]
COURSE = shown_fields(
    Check,
    ["state", "assignee", "started_by", "submitted_by", "submitted_at", "approved_by", "approved_at",
     "override_reason", "returned_because"],
)  # fmt: skip


class DraftForm(VerbForm):
    """The draft without the choice of evidence: new evidence is chosen by itself while it is being drafted."""


class WholeDraftForm(DraftForm):
    asks_as = {"chosen": "evidence"}
    chosen = EvidenceBoxes()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"].offer(self.instance, self.request.user)
        self.initial["chosen"] = list(self.instance.evidence.visible_to(self.request.user).in_order())

    def values(self):
        values = super().values()
        return values | {"evidence": self.fields["chosen"].whole(values["evidence"])}


class DraftInline(DeskInline):
    """The draft of its verdict, on the claim's page; the whole working file is one click away."""

    model = Check
    form = DraftForm
    writes = "draft_checks"
    fields = [*DRAFT, "state"]
    readonly_fields = ["state"]
    verbose_name, verbose_name_plural = _("draft of the verdict"), _("draft of the verdict")

    def get_queryset(self, request):
        return super().get_queryset(request).open()


def _approval(data, *, record, user, **kwargs):
    return ApproveForm(data, record=record, alone=record.submitted_by == user, **kwargs)


@admin.register(Check, site=site)
class CheckAdmin(ActsAdmin):
    form = WholeDraftForm
    writes = "draft_checks"
    edit_verb = staticmethod(Check.edit)
    fieldsets = [
        (None, {"fields": ["claim", *DRAFT[:3], "chosen", *DRAFT[3:]]}),
        (_("Where it replaces a verdict"), {"fields": ["replacement_kind", "replacement_note", "reopened_because"]}),
        (_("Its way so far"), {"fields": ["asked", *COURSE]}),
    ]
    readonly_fields = ["claim", "reopened_because", "asked", *COURSE]
    list_display = ["claim", "state_", "rating_", "assignee", "submitted_by", "submitted_at"]
    list_select_related = ["claim", "rating", "assignee", "submitted_by"]
    list_filter = ["state", "rating"]
    actions = CHECK_ACTIONS
    buttons = [
        Button("check.submit", _("Submit for approval"), lambda check: check.submit),
        Button("check.take_back", _("Take it back"), lambda check: check.take_back),
        Button("check.send_back", _("Send it back"), lambda check: check.send_back, form_of(ReasonForm)),
        Button("check.approve", _("Approve"), lambda check: check.approve, _approval),
        Button(
            "check.withdraw_approval",
            _("Withdraw the approval"),
            lambda check: check.withdraw_approval,
            form_of(ReasonForm),
        ),
        Button("check.publish", _("Publish the verdict"), lambda check: partial(publish, check)),
        Button("check.abandon", _("Abandon the check"), lambda check: check.abandon, form_of(ReasonForm)),
    ]

    def get_object(self, request, object_id, from_field=None):
        check = super().get_object(request, object_id, from_field)
        if check is not None:
            check.reader = request.user
        return check

    def offered(self, record, user):
        return offered_for_check(record, user)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.is_open)

    def has_bulk_permission(self, request):
        return request.user.may("bulk_edit")

    @admin.display(description=_("state"))
    def state_(self, check):
        return status_badge(check.state)

    @admin.display(description=_("rating"), empty_value="–")
    def rating_(self, check):
        return check.rating and rating_badge(check.rating.slug, check.rating.label)

    @admin.display(description=_("what an outsider would ask"))
    def asked(self, check):
        """Answered on the claim's page, beside the draft."""
        items = [(asked_badge(each), each.item.question, each.sentence) for each in asked_of(check) if each.finding]
        return format_html_join("", "<p>{} {} {}</p>", items) or "–"

    @admin.display(description=_("chosen evidence"))
    def chosen(self, check):
        """Shown where the check is closed, or to whoever may read and not write."""
        seen = [*check.evidence.visible_to(check.reader).select_related("source").in_order()]
        hidden = check.evidence.count() - len(seen)
        more = ngettext("%(number)d protected piece", "%(number)d protected pieces", hidden) % {"number": hidden}
        return "; ".join([*map(str, seen), *([more] if hidden else [])])


@admin.register(ChosenEvidence, site=site)
class ChosenEvidenceAdmin(ReadOnlyAdmin):
    list_display = ["check_file", "evidence"]
    list_select_related = ["check_file__claim", "evidence__source"]


@admin.register(Rating, site=site)
class RatingAdmin(ReadOnlyAdmin):
    """The scale is what seeds/ratings.toml says."""

    list_display = ["label", "value", "meaning", "without_evidence", "offered"]
    ordering = ["order", "pk"]
