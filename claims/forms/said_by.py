"""Who said it, asked for by name: somebody the desk knows by this name or alias, or somebody new."""

from django import forms
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm
from claims.models import Claimant
from claims.models.fields import CleanFormField

NEW = "new"


def kinds():
    return [("", _("as known, or a person")), *Claimant.Kind.choices]


class SaidByForm(ActForm):
    """`claimant` goes to the verb as a Claimant, or as a dict of a new one; of several of one name it asks which."""

    said_by = CleanFormField(label=_("Who said it"), lines=False, max_length=200)
    which = forms.ChoiceField(label=_("Which of them?"), widget=forms.RadioSelect)
    claimant_kind = forms.ChoiceField(label=_("If new, what they are"), choices=kinds, required=False, initial="")
    needs_name = True
    logged_as = {"said_by": "claimant"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["said_by"].required = self.needs_name
        if self.record is not None and "said_by" not in self.initial:
            self.initial["said_by"] = self.record.claimant.name
        self.namesakes = self._namesakes()
        if len(self.namesakes) > 1:
            choices = [(str(each.pk), self._described(each)) for each in self.namesakes]
            choices.append((NEW, _("Somebody else of this name")))
            self.fields["which"].choices = choices
            self.fields["which"].error_messages["required"] = _("Several have this name. Say which one you mean.")
        else:
            del self.fields["which"]

    def _namesakes(self):
        """Those whom the typed name may mean; whoever the record names already, where the name was left as it is."""
        name = str(self.data.get(self.add_prefix("said_by"), "")).strip()[:200] if self.is_bound else ""
        if not name:
            return []
        if self.record is not None and name == self.record.claimant.name:
            return [self.record.claimant]
        return list(Claimant.objects.named(name).by_name()[:20])

    def _described(self, claimant):
        more = [claimant.get_kind_display(), *claimant.roles.values_list("role", flat=True)[:2]]
        return f"{claimant.name} ({', '.join(map(str, more))}, {claimant.pk})"

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("said_by"):
            cleaned["claimant"] = self._claimant(cleaned)
        return cleaned

    def _claimant(self, cleaned):
        if len(self.namesakes) > 1:
            chosen = [each for each in self.namesakes if str(each.pk) == cleaned.get("which")]
        else:
            chosen = self.namesakes
        if chosen:
            return chosen[0]
        return {"name": cleaned["said_by"], "kind": cleaned.get("claimant_kind") or Claimant.Kind.PERSON}

    def values(self):
        asked = {"said_by", "which", "claimant_kind"}
        return {name: value for name, value in super().values().items() if name not in asked}

    def of_record(self, name, value):
        return value and value.name if name == "said_by" else super().of_record(name, value)
