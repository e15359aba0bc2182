"""Documents: what is known about them, and their text."""

from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm, NumberField
from claims.forms.appearances import SIGHTING
from claims.forms.claims import ClaimAndWordsForm
from claims.models import Claim, Publisher, Snapshot, Source
from claims.models.appearances import LONGEST_QUOTE
from claims.models.noting import add_appearance, note_claim
from claims.text import whole, with_lf

KNOWN = ("title", "url", "archive_url", "byline", "language", "published_on", "protected", "note")


class SourceDetailsForm(ActForm):
    """What is known about a document. The publisher goes to the verb as a name."""

    asks = {Source: KNOWN}
    short = frozenset({"note"})
    field_order = ["title", "url", "archive_url", "publisher", "byline", "language", "published_on", "contained_in"]
    publisher = Publisher._meta.get_field("name").formfield(
        label=_("Publisher"), required=False, help_text=_("By name; a new name makes a new publisher.")
    )
    contained_in = NumberField(
        label=_("Contained in source"), unknown=_("There is no source of this number."),
        help_text=_("The number of the source it stands in, such as the article that shows a post."),
    )  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contained_in"].queryset = Source.objects.visible_to(user)
        if self.record is not None:
            self.initial["publisher"] = self.record.publisher.name if self.record.publisher else ""

    def clean_contained_in(self):
        found = self.cleaned_data["contained_in"]
        if found is not None and self.record is not None and found.pk == self.record.pk:
            raise forms.ValidationError(_("A source cannot be contained in itself."))
        return found


class NewSourceForm(SourceDetailsForm):
    text = Snapshot._meta.get_field("text").formfield(
        label=_("Text"), required=False, widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("Paste the whole article. It is kept exactly as it is."),
    )  # fmt: skip
    field_order = ["title", "text", *SourceDetailsForm.field_order[1:]]


class ArchiveForm(ActForm):
    """Where a copy of it is kept."""

    asks = {Source: ("archive_url",)}


class TextForm(ActForm):
    """The text of a source as it reads now."""

    text = Snapshot._meta.get_field("text").formfield(
        label=_("Text"), widget=forms.Textarea(attrs={"rows": 20}),
        help_text=_("A changed text is kept beside the earlier one, which stays."),
    )  # fmt: skip


class MarkForm(ClaimAndWordsForm):
    """Words marked in a text: a new claim, or a further appearance of a claim whose number is given."""

    claim = NumberField(label=_("Which claim is it?"), unknown=_("There is no claim of this number."))
    claim_number = NumberField(
        label=_("Another claim, by its number"), unknown=_("There is no claim of this number."),
        widget=forms.NumberInput(attrs={"placeholder": " "}),
    )  # fmt: skip
    needs_name = False
    template_name = "forms/mark.html"
    WORDS, NEW, SAID = ("quote", "claim", "claim_number"), ("statement", "kind"), ("said_by", "which", "role")
    field_order = [*WORDS, *NEW, *SAID, "claimant_kind", *SIGHTING[1:]]

    def __init__(self, *args, user, source, initial=None, **kwargs):
        super().__init__(*args, initial={"language": source.language} | (initial or {}), **kwargs)
        self.source = source
        # What claims/views/reading.py suggests for the words: shown by the form's template.
        self.offers = {}
        for name in ("claim", "claim_number"):
            self.fields[name].queryset = Claim.objects.visible_to(user)
        self.fields["statement"].required = False
        for name in ("quote", "statement"):
            self.fields[name].widget.attrs["rows"] = 2
        self.fields["said_by"].help_text = _("Empty for a known claim: whoever that claim names.")
        self.fields["said_by"].widget.attrs |= {"list": "names-here", "autocomplete": "off"}
        self.fields["role"].widget.attrs |= {"list": "roles-here", "autocomplete": "off"}

    def _these(self, *names):
        return [self[name] for name in names if name in self.fields]

    def new_fields(self):
        return self._these(*self.NEW)

    def said_fields(self):
        return self._these(*self.SAID)

    def more_fields(self):
        first = {*self.WORDS, *self.NEW, *self.SAID}
        return [field for field in self.visible_fields() if field.name not in first]

    def more_wrong(self):
        return any(field.errors for field in self.more_fields())

    def chosen(self):
        """The number of the known claim that was chosen, as text; empty for a new one."""
        return str(self["claim"].value() or "")

    def words_so_far(self):
        """What the suggestions go by: the words, their place, and the claim chosen already."""
        known = self.fields["claim"].queryset.filter(pk=whole(self.chosen()))
        return {
            "quote": with_lf(str(self["quote"].value() or ""))[:LONGEST_QUOTE],
            "start": whole(str(self["place"].value() or "")),
            "chosen": known.select_related("claimant", "verdict").first(),
        }

    def clean(self):
        cleaned = super().clean()
        numbered, chosen = cleaned.pop("claim_number", None), cleaned.get("claim")
        if numbered and chosen and numbered != chosen:
            self.add_error("claim_number", _("You chose one claim above and typed the number of another."))
        elif numbered:
            cleaned["claim"] = numbered
        if "claim" in cleaned and "claim_number" not in self.errors and cleaned["claim"] is None:
            for name in ("statement", "said_by"):
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, _("A new claim needs this."))
        return cleaned

    def values(self):
        values = super().values()
        values["appearance"]["source"] = self.source
        if values.pop("claim") is None:
            return values
        further = {"start": values["start"], **values["appearance"]}
        return further | ({"claimant": values["claimant"]} if values.get("claimant") else {})

    def verb(self):
        claim = self.cleaned_data["claim"]
        return partial(add_appearance, claim) if claim else note_claim

    def marked(self):
        """The primary key of the appearance that was made."""
        return self.result.pk if self.cleaned_data["claim"] else self.result.principal_appearance_id
