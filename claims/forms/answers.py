"""The sentences that answer the checklist: fields of the draft's form, and the list as pages show it."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from claims.checklist import LONGEST, WARNINGS
from claims.models.fields import CleanFormField
from claims.models.ready import answer_field, asked_of

SLUGS = {answer_field(item.slug): item.slug for item in WARNINGS}
PUBLIC = "_public"


@dataclass
class Row:
    """An item of the checklist on a page: how it stands, the pieces of evidence that it is about and the person may
    see, and the fields that answer it, where the page has them."""

    asked: object
    pieces: list
    sentence: object = None
    public: object = None

    @property
    def answerable(self):
        """Is it answered here? What is settled and was never answered needs no field."""
        wanted = self.asked.finding or self.asked.sentence or (self.sentence and self.sentence.errors)
        return self.sentence is not None and bool(wanted)

    @property
    def settled(self):
        """Does it ask nothing of anybody? Such rows come last."""
        return self.asked.state == "settled" and not (self.sentence and self.sentence.errors)

    @property
    def unneeded(self):
        """Was it answered, and gives no reason to ask any more? The words stay with the draft, and nobody is told."""
        return self.asked.finding is None and not self.sentence.errors


def answer_fields():
    """{name: field}: a sentence for each warning, and whether readers may see it."""
    fields = {}
    for item in WARNINGS:
        name = answer_field(item.slug)
        fields[name] = CleanFormField(
            label=item.question, lines=False, required=False, max_length=LONGEST,
            widget=forms.Textarea(attrs={"rows": 2}),
        )  # fmt: skip
        fields[name + PUBLIC] = forms.BooleanField(label=_("Readers may see this answer"), required=False)
    return fields


def answers_as_fields(answers):
    """Kept answers as the values of these fields."""
    values = {}
    for name, slug in SLUGS.items():
        answer = answers.get(slug, {})
        values |= {name: answer.get("sentence", ""), name + PUBLIC: answer.get("public", False)}
    return values


def answers_in(values):
    """The answers as they are kept, taken out of the values of a form."""
    typed = {slug: (values.pop(name), values.pop(name + PUBLIC)) for name, slug in SLUGS.items()}
    return {slug: {"sentence": words, "public": public} for slug, (words, public) in typed.items() if words}


def rows_of(check, pieces, form=None):
    """The checklist of a draft, what gives reason to ask first. `pieces` are the evidence that the person may see,
    with their claim."""
    known, rows = {piece.pk: piece for piece in pieces}, []
    for each in asked_of(check):
        named = [known[number] for number in (each.finding.pieces if each.finding else ()) if number in known]
        row, name = Row(each, named), answer_field(each.item.slug)
        if form is not None and name in form.fields:
            row.sentence, row.public = form[name], form[name + PUBLIC]
        rows.append(row)
    return sorted(rows, key=lambda row: row.settled)
