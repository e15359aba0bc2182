"""Evidence: on its claim's page and on its own, where it is also removed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from claims.admin.acts import ActsAdmin, Button, form_of
from claims.admin.asking import VerbForm, ask
from claims.admin.base import DeskInline
from claims.admin.site import site
from claims.forms.acts import ReasonForm
from claims.models import Evidence
from claims.models.evidencing import add_evidence, edit_evidence, remove_evidence

FIELDS = [
    ("kind", "stance"), "source", "calculation", "excerpt", "locator", "origin", ("primary", "why_not_primary"),
    "appearance", "interests", "protected",
]  # fmt: skip


class EvidenceForm(VerbForm):
    """It may bear on an appearance of its own claim, and so offers no other."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "appearance" in self.fields:
            choice = self.fields["appearance"]
            choice.queryset = choice.queryset.filter(claim=self.instance.claim_id).select_related("claimant")

    def clean(self):
        cleaned = super().clean()
        if "source" in self.changed_data:
            self.instance.snapshot = None  # The verb takes the other source's.
        return cleaned


def save_evidence(request, form, claim):
    """Add or change the evidence of one form."""
    values = form.values()
    values.pop("claim", None)
    if form.instance.pk:
        return ask(request, form, edit_evidence, form.instance, version=form.version, **values)
    return ask(request, form, add_evidence, claim, **values)


class EvidenceInline(DeskInline):
    model = Evidence
    form = EvidenceForm
    writes = adds = "write_evidence"
    fields = FIELDS
    autocomplete_fields = ["source"]
    classes = ["evidence"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source").in_order()


@admin.register(Evidence, site=site)
class EvidenceAdmin(ActsAdmin):
    form = EvidenceForm
    writes = adds = "write_evidence"
    add_verb = staticmethod(add_evidence)
    edit_verb = staticmethod(edit_evidence)
    fields = ["claim", *FIELDS]
    autocomplete_fields = ["claim", "source"]
    list_display = ["__str__", "claim", "kind", "stance", "origin", "primary", "protected"]
    list_select_related = ["claim", "source"]
    list_filter = ["kind", "stance", "primary", "protected"]
    buttons = [
        Button(
            "evidence.remove",
            _("Remove this evidence"),
            lambda evidence: lambda **asked: remove_evidence(evidence, **asked),
            form_of(ReasonForm),
        )
    ]

    def get_readonly_fields(self, request, obj=None):
        return ["claim"] if obj else []
