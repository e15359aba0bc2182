"""What a document, a calculation, an interview or an observation says about a claim."""

from django import forms
from django.utils.translation import gettext_lazy as _

from claims.forms.files import FileField
from claims.forms.source_named import SourceForm
from claims.models import Evidence

SAYS = (
    "kind", "stance", "calculation", "excerpt", "locator", "primary", "why_not_primary", "origin", "interests",
    "protected",
)  # fmt: skip


class EvidenceForm(SourceForm):
    """`claim` decides which appearances the evidence can be about."""

    asks = {Evidence: SAYS}
    short = frozenset({"excerpt", "calculation", "interests"})
    needs_source = False
    field_order = ["kind", "stance", "source", "file", "excerpt", "locator", "calculation", "origin"]
    file = FileField(
        label=_("A file of the source"), required=False,
        help_text=_("PDF, PNG, JPEG, WebP, plain text, a saved web page or a WARC. It stays with the source."),
    )  # fmt: skip
    appearance = forms.ModelChoiceField(
        label=_("About the appearance"), queryset=None, required=False,
        empty_label=_("No: it is about what was claimed"),
        help_text=_("Where it bears on whether it was said as reported."),
    )  # fmt: skip

    def __init__(self, *args, user, claim, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["stance"].choices = [("", _("Choose")), *Evidence.Stance.choices]
        self.fields["appearance"].queryset = claim.appearances.visible_to(user).select_related("claimant")
