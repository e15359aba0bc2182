"""Sightings: their words, who said them, where and when."""

from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm, PlainForm, QuoteForm
from claims.forms.said_by import SaidByForm
from claims.forms.source_named import SourceForm
from claims.models import Appearance
from claims.models.fields import CleanFormField

SIGHTING = ("role", "mode", "cue", "reported_via", "said_on", "said_on_precision", "said_on_inferred")
TRANSLATED = ("original_language", "original_wording")


class AddAppearanceForm(SourceForm, SaidByForm, QuoteForm):
    """A further sighting of a claim."""

    asks = {Appearance: ("quote", *SIGHTING, *TRANSLATED, "relation")}
    short = frozenset({"quote", "original_wording"})
    field_order = ["quote", "place", "source", "said_by", "which", "claimant_kind", *SIGHTING]


class EditAppearanceForm(SaidByForm, QuoteForm):
    """Changes to a sighting; its source stays what it is."""

    asks = {Appearance: ("quote", *SIGHTING, *TRANSLATED, "relation")}
    short = frozenset({"quote", "original_wording"})
    field_order = ["quote", "place", "said_by", "which", "claimant_kind", *SIGHTING]


class FindingForm(ActForm):
    """Was it said as reported?"""

    asks = {Appearance: ("attribution",)}
    reason = CleanFormField(label=_("How this is known"), required=False, max_length=5_000)
    field_order = ["attribution", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["attribution"].choices = [("", _("Choose")), *Appearance.Finding.choices]

    def values(self):
        values = super().values()
        return {"finding": values["attribution"], "reason": values["reason"]}


class PrincipalForm(PlainForm):
    """`record` is the claim, whose version counts."""
