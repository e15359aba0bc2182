"""The public lists of replaced verdicts, corrections and updates: which there are, and the filter of each."""

from django import forms
from django.utils.translation import gettext_lazy as _

from claims.forms.querystrings import refuse_unknown
from claims.models import Verdict
from claims.models.fields import CleanFormField, DayFormField
from claims.states import CORRECTING, Replacement

# What the counters of others hang on every link that is passed on says nothing about this list.
HUNG_ON = ("utm_", "fbclid", "gclid", "mc_")


class ReplacedForm(forms.Form):
    """Always bound. Each list is a subclass of its own: the names of its pages, and the verdicts that stand in it."""

    template_name = "forms/fields.html"
    use_required_attribute = False
    page = csv = atom = None
    kinds = ()

    claimant = CleanFormField(label=_("Who said it"), required=False, lines=False, max_length=500)
    since = DayFormField(label=_("From"), required=False)
    until = DayFormField(label=_("Until"), required=False)

    def clean(self):
        values = super().clean()
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day lies before the first one."))
        refuse_unknown(self, self.fields.keys(), passed_over=HUNG_ON)
        return values

    @property
    def found(self):
        """The verdicts of the list that the filter lets through, newest first; none while it cannot be read."""
        if not self.is_valid():
            return Verdict.objects.none()
        values = self.cleaned_data
        verdicts = Verdict.objects.replacing(values.get("kind") or self.kinds)
        if values["claimant"]:
            verdicts = verdicts.naming(values["claimant"])
        if values["since"]:
            verdicts = verdicts.published_from(values["since"])
        if values["until"]:
            verdicts = verdicts.published_until(values["until"])
        return verdicts.order_by("-pk")

    @property
    def narrowed(self):
        return any(self.data.get(name) for name in self.fields)


class CorrectionsForm(ReplacedForm):
    page, csv, atom = "corrections", "corrections_csv", "corrections_atom"
    kinds = CORRECTING
    title = _("Corrections")
    lead = _(
        "Where we erred, where we could be misread, and what we no longer say: each with the words that stood before "
        "and the words that stand now."
    )
    none = _("Nothing that we published was corrected, clarified or retracted yet.")

    kind = forms.MultipleChoiceField(
        label=_("Kind"),
        required=False,
        choices=[(kind.value, kind.label) for kind in CORRECTING],
        widget=forms.CheckboxSelectMultiple,
    )


class UpdatesForm(ReplacedForm):
    page, csv, atom = "updates", "updates_csv", "updates_atom"
    kinds = (Replacement.UPDATE,)
    title = _("Updates")
    lead = _(
        "Where the facts moved on after we had published: each with the words that stood before and the words that "
        "stand now. The earlier verdict was right on its day."
    )
    none = _("No verdict of ours was updated yet.")
