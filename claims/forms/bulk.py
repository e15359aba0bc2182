"""Changing many claims at once in one way: what a deed needs to know."""

from datetime import date

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy

from claims.forms.acts import ActForm
from claims.forms.claims import AssignForm, PutBackForm, SelectForm
from claims.models import Claim, Rating
from claims.models.fields import CleanFormField


class ManyForm(ActForm):
    """What a deed takes beside the reason, as JSON knows it."""

    def asked(self):
        """(the reason, the values of the deed)."""
        values = {name: _as_json(value) for name, value in self.values().items() if value is not None}
        return values.pop("reason", ""), values


def _as_json(value):
    if isinstance(value, Model):
        return value.pk
    return value.isoformat() if isinstance(value, date) else value


class ManySelectForm(ManyForm, SelectForm):
    pass


class ManyReasonForm(ManyForm):
    reason = CleanFormField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2_000)


class ManyPutBackForm(ManyForm, PutBackForm):
    pass


class ManyAssignForm(ManyForm, AssignForm):
    """An empty day leaves the due days as they are."""

    def asked(self):
        reason, values = super().asked()
        return reason, {"assignee": None} | values


class ManyPriorityForm(ManyForm):
    asks = {Claim: ("priority",)}

    def asked(self):
        reason, values = super().asked()
        return reason, {"priority": int(values["priority"])}


class ManyKindForm(ManyForm):
    asks = {Claim: ("kind",)}


class ManyTopicForm(ManyForm):
    name = CleanFormField(label=gettext_lazy("Topic"), lines=False, max_length=80)


class ManyRatingForm(ManyForm):
    rating = forms.ModelChoiceField(
        label=gettext_lazy("Rating of the drafts"), queryset=Rating.objects.none(), required=False,
        empty_label=gettext_lazy("None yet"),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rating"].queryset = Rating.objects.filter(offered=True)

    def asked(self):
        reason, values = super().asked()
        return reason, {"rating": None} | values
