"""Claims: the whole work on one of them, on one page."""

from functools import partial

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from claims.admin.acts import ActsAdmin, Button, form_of
from claims.admin.appearances import FINDING, AppearanceInline, save_appearance
from claims.admin.asking import VerbForm, ask
from claims.admin.base import ReadOnlyAdmin, VerbAdmin, admin_address, become, person
from claims.admin.bulk_actions import CLAIM_ACTIONS, WithDay
from claims.admin.checks import DraftInline
from claims.admin.evidence import EvidenceInline, save_evidence
from claims.admin.site import site
from claims.forms.acts import ReasonForm, TopicsField
from claims.forms.checks import ReopenForm
from claims.forms.claims import PutBackForm, SelectForm
from claims.models import Act, Appearance, Check, Claim, ClaimTopic, Evidence, SearchDocument, Topic
from claims.models.checks import start_check
from claims.models.editing import add_topic, edit_topic
from claims.models.noting import edit_claim, find_attribution, note_claim
from claims.models.offers import offered_for_claim
from claims.models.superseding import reopen
from claims.search.find import matching
from claims.templatetags.desk import status_badge, verdict_badge

WORK = ("assignee", "due_on")
STANDING = [
    "status",
    "why_selected",
    "decision_reason",
    "principal_appearance",
    "verdicts",
    person(Claim, "noted_by"),
    "noted_at",
]


class ClaimForm(VerbForm):
    asks_as = {"topic_names": "topics"}
    topic_names = TopicsField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            names = self.instance.topics.order_by("name_key").values_list("name", flat=True)
            self.initial["topic_names"] = ", ".join(names)

    def values(self):
        """Who checks it until when is another verb's business: see assignment()."""
        return {name: value for name, value in super().values().items() if name not in WORK}

    def assignment(self):
        return {name: value for name, value in self.cleaned_data.items() if name in WORK}


@admin.register(Claim, site=site)
class ClaimAdmin(ActsAdmin):
    form = ClaimForm
    action_form = WithDay
    writes = adds = "write_claims"
    inlines = [DraftInline, AppearanceInline, EvidenceInline]
    fieldsets = [
        (None, {"fields": ["statement", ("kind", "language"), "claimant", "topic_names", "priority"]}),
        (_("Work"), {"fields": [WORK]}),
        (_("More"), {"fields": ["parent", "parts_needed", "recheck_on", "external_id"], "classes": ["collapse"]}),
        (_("Where it stands"), {"fields": STANDING}),
    ]
    readonly_fields = STANDING
    autocomplete_fields = ["claimant", "parent"]
    list_display = ["statement_", "claimant_", "status_", "rating_", "priority", "assignee"]
    list_display_links = ["statement_"]
    list_select_related = ["claimant", "verdict", "assignee"]
    list_filter = ["status", "kind", "priority", "has_evidence", "rating", "assignee", "topics"]
    sortable_by = ["statement_", "claimant_", "status_", "rating_", "priority"]
    search_fields = ["statement_key"]
    actions = CLAIM_ACTIONS
    search_help_text = _("Words of the statement, the quotes, the names or the sources, in any form.")
    buttons = [
        Button("claim.select", _("Select for checking"), lambda claim: claim.select, form_of(SelectForm)),
        Button("claim.decline", _("Decide not to check"), lambda claim: claim.decline, form_of(ReasonForm)),
        Button("claim.put_back", _("Put back to noted"), lambda claim: claim.put_back, form_of(PutBackForm)),
        Button("check.start", _("Start a check"), lambda claim: partial(start_check, claim)),
        Button("check.reopen", _("Reopen"), lambda claim: partial(reopen, claim), form_of(ReopenForm)),
    ]

    @admin.display(description=_("statement"), ordering="statement_key")
    def statement_(self, claim):
        return claim.statement

    @admin.display(description=_("who said it"), ordering="claimant_key")
    def claimant_(self, claim):
        return claim.claimant

    @admin.display(description=_("status"), ordering="status_order")
    def status_(self, claim):
        return status_badge(claim.status)

    @admin.display(description=_("rating"), ordering="rating_order", empty_value="–")
    def rating_(self, claim):
        return claim.verdict and verdict_badge(claim.verdict)

    @admin.display(description=_("verdicts"), empty_value="–")
    def verdicts(self, claim):
        links = ((admin_address(each), each) for each in claim.verdicts.in_order())
        return format_html_join(", ", '<a href="{}">{}</a>', links)

    @admin.display(description=_("topics"))
    def topic_names(self, claim):
        """Shown to whoever may read and not write."""
        return ", ".join(claim.topics.order_by("name_key").values_list("name", flat=True))

    def offered(self, record, user):
        return offered_for_claim(record, user)

    def has_bulk_permission(self, request):
        return request.user.may("bulk_edit")

    def has_export_permission(self, request):
        return request.user.may("export")

    def history_of(self, record):
        return Act.objects.of_claim(record)

    def found(self, queryset, words):
        return matching(queryset, words)

    def get_readonly_fields(self, request, obj=None):
        work = () if obj and request.user.may("draft_checks") else WORK
        return [*super().get_readonly_fields(request, obj), *work]

    def get_fieldsets(self, request, obj=None):
        """A new claim is nowhere yet, and nobody works on it."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [fieldsets[0], *fieldsets[2:3], *fieldsets[4:]]

    def get_inlines(self, request, obj):
        return self.inlines if obj else [AppearanceInline, EvidenceInline]

    def save_model(self, request, obj, form, change):
        """In save_related(): a claim is noted together with its first appearance."""

    def save_related(self, request, form, formsets, change):
        changed = {each.model: [row for row in each.forms if row.has_changed()] for each in formsets}
        if change:
            # The draft first, since all that follows may move its version.
            for row in changed[Check]:
                ask(request, row, Check.edit, row.instance, version=row.version, **_draft(row))
            self.edit(request, form)
        else:
            self.note(request, form, changed[Appearance].pop(0))
        for row in changed[Appearance]:
            save_appearance(request, row, form.instance)
        for row in changed[Evidence]:
            save_evidence(request, row, form.instance)

    def note(self, request, form, first):
        """Note the claim. What is refused is almost always the words, so the message goes to the first appearance."""
        appearance = first.values()
        appearance.pop("claim", None)
        start, finding = appearance.pop("start"), appearance.pop(FINDING, "")
        asked = {"appearance": appearance, "start": start, **form.values()}
        claim = ask(request, first, note_claim, **asked)
        become(form.instance, claim)
        if finding:
            ask(request, first, find_attribution, claim.principal_appearance, finding, step="finding")

    def edit(self, request, form):
        claim = ask(request, form, edit_claim, form.instance, version=form.version, **form.values())
        if set(WORK) & set(form.changed_data):
            ask(request, form, Claim.assign, claim, step="assign", **form.assignment())


def _draft(row):
    return {name: value for name, value in row.values().items() if name != "claim"}


@admin.register(Topic, site=site)
class TopicAdmin(VerbAdmin):
    writes = adds = "write_claims"
    add_verb = staticmethod(add_topic)
    edit_verb = staticmethod(edit_topic)
    fields = ["name"]
    list_display = ["name"]
    ordering = ["name_key", "pk"]
    search_fields = ["name_key"]


@admin.register(ClaimTopic, site=site)
class ClaimTopicAdmin(ReadOnlyAdmin):
    list_display = ["claim", "topic"]
    list_select_related = ["claim", "topic"]


@admin.register(SearchDocument, site=site)
class SearchDocumentAdmin(ReadOnlyAdmin):
    list_display = ["claim", "names"]
    list_select_related = ["claim"]
