"""Claims: noting, editing, deciding, assigning."""

from django import forms
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm, NumberField, QuoteForm, ReasonForm, TopicsField
from claims.forms.appearances import SIGHTING, TRANSLATED
from claims.forms.said_by import SaidByForm
from claims.forms.source_named import SourceForm
from claims.models import Appearance, Claim, User

OF_THE_APPEARANCE = ("source", "quote", *SIGHTING, *TRANSLATED)


class ClaimAndWordsForm(SaidByForm, QuoteForm):
    """A claim and its first appearance in one form; the verb takes the one as a dict inside the other."""

    asks = {
        Appearance: ("quote", *SIGHTING, *TRANSLATED),
        Claim: ("statement", "kind", "language", "priority"),
    }
    short = frozenset({"quote", "original_wording"})
    topics = TopicsField()

    def values(self):
        values = super().values()
        appearance = {name: values.pop(name) for name in OF_THE_APPEARANCE if name in values}
        return {**values, "appearance": appearance}


class NewClaimForm(SourceForm, ClaimAndWordsForm):
    field_order = [
        "statement", "kind", "language", "said_by", "which", "claimant_kind", "role", "source", "quote",
        "place", *SIGHTING[1:], *TRANSLATED,
    ]  # fmt: skip


class EditClaimForm(SaidByForm):
    asks = {
        Claim: (
            "statement", "kind", "language", "priority", "parts_needed", "due_on", "recheck_on", "external_id",
        )
    }  # fmt: skip
    field_order = ["statement", "kind", "language", "said_by", "which", "claimant_kind", "topics", "priority"]
    topics = TopicsField()
    parent = NumberField(
        label=_("Part of claim"), help_text=_("The number of the claim it is a part of."),
        unknown=_("There is no claim of this number."),
    )  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Claim.objects.visible_to(user)
        self.initial["topics"] = self.record.topics.order_by("name_key")

    def of_record(self, name, value):
        return value.order_by("name_key") if name == "topics" else super().of_record(name, value)


class SelectForm(ReasonForm):
    why = forms.ChoiceField(label=_("Why"), choices=Claim.Why, widget=forms.RadioSelect)
    field_order = ["why", "reason"]


class PutBackForm(ReasonForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


class AssignForm(ActForm):
    """To a person who may check, or to nobody."""

    asks = {Claim: ("due_on",)}
    assignee = forms.ModelChoiceField(
        label=_("Who checks it"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    field_order = ["assignee", "due_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = User.objects.who_may("draft_checks")
