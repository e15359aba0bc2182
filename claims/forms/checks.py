"""The draft of a verdict, and the word of the second person."""

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm, ReasonForm
from claims.forms.answers import answer_fields, answers_as_fields, answers_in, rows_of
from claims.models import Check, Claim, Evidence, User
from claims.models.fields import CleanFormField


class EvidenceBoxes(forms.ModelMultipleChoiceField):
    """Chosen evidence of a check. What is chosen and the person may not see is not offered, and stays chosen."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(queryset=Evidence.objects.none(), label=_("Chosen evidence"), required=False, **kwargs)

    def offer(self, check, user):
        self.check = check
        self.queryset = check.claim.evidence.visible_to(user).select_related("source").in_order()

    def whole(self, ticked):
        return [*ticked, *self.check.evidence.exclude(pk__in=self.queryset.values("pk"))]

    def label_from_instance(self, evidence):
        return f"{evidence.get_stance_display()}: {evidence}"


# What is asked only where the draft will take the place of a published verdict.
REPLACING = ("replacement_kind", "replacement_note")


class DraftForm(ActForm):
    asks = {Check: (*REPLACING, "rating", "summary", "explanation", "evidence_until", "disclosures", "recheck_on")}
    short = frozenset({"summary", "disclosures", "replacement_note"})
    field_order = [*REPLACING, "rating", "summary", "explanation", "evidence", "evidence_until", "disclosures"]
    evidence = EvidenceBoxes()
    template_name = "forms/draft.html"
    logged_as = dict.fromkeys(answer_fields(), "answers")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields |= answer_fields()
        self.initial = answers_as_fields(self.record.answers) | self.initial
        self.fields["evidence"].offer(self.record, user)
        self.fields["summary"].widget.attrs["data-key"] = "d"
        self.fields["rating"].empty_label = _("No rating")
        kind = self.fields["replacement_kind"]
        kind.choices = [("", _("Choose")), *list(kind.choices)[1:]]
        for name in () if self.record.claim.verdict_id else REPLACING:
            del self.fields[name]

    def values(self):
        values = super().values()
        return values | {"evidence": self.fields["evidence"].whole(values["evidence"]), "answers": answers_in(values)}

    def of_record(self, name, value):
        return answers_as_fields(value)[name] if name in self.logged_as else super().of_record(name, value)

    @property
    def draft_fields(self):
        """Those of the draft itself; the answers stand with the checklist."""
        return [field for field in self.visible_fields() if field.name not in self.logged_as]

    @cached_property
    def checklist(self):
        return rows_of(self.record, self.fields["evidence"].queryset.select_related("claim", "source"), self)


class ReopenForm(ReasonForm):
    """A published claim is checked again: why, and by whom."""

    assignee = forms.ModelChoiceField(
        label=_("Who checks it again"), queryset=None, required=False, empty_label=_("Whoever has the claim, or I"),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Who is to do it is a question of its own, whoever has the claim now.
        del self.initial["assignee"]
        self.fields["assignee"].queryset = User.objects.who_may("draft_checks")


class RecheckForm(ReasonForm):
    """Somebody looked again and found the verdict right: why, and when to look the next time."""

    asks = {Claim: ("recheck_on",)}
    field_order = ["reason", "recheck_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The day that has come is done with.
        del self.initial["recheck_on"]
        self.fields["recheck_on"].label = _("Look again on")
        self.fields["recheck_on"].help_text = _("Leave empty to look again only when something comes up.")


class ApproveForm(ActForm):
    """The reason is asked of whoever approves their own submission alone; `alone` says whether that is the case."""

    override_reason = CleanFormField(
        label=_("Why you approve it alone"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2_000, required=False,
        help_text=_("You submitted this yourself. The verdict will show this reason."),
    )  # fmt: skip

    def __init__(self, *args, alone, **kwargs):
        super().__init__(*args, **kwargs)
        if not alone:
            del self.fields["override_reason"]
