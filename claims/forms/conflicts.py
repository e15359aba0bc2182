"""A stale form: beside what was typed, what stands now, and what stood when the form was opened (the base).

The base is read from the log: of the values that a field had since the version that came with the form, the one that
the form showed, by the digest that it carries (untouched.py). Where none fits, or the person may not read what stood
there, the base is not known, and the two others are shown."""

from dataclasses import dataclass

from django import forms
from django.db import models
from django.utils.choices import flatten_choices
from django.utils.translation import gettext as _

from claims.forms.untouched import fits, opened_at
from claims.merging import merged
from claims.models.earlier import Earlier

# Fields whose words somebody may want to put together from two wordings.
TEXTS = (forms.Textarea, forms.TextInput)


@dataclass
class Difference:
    """A field that somebody else changed and this person too. The three are words as people read them; `base` is None
    where it is not known. `act` is what made it say `theirs`, and `both` holds the changes of either, or None."""

    field: object
    label: str
    base: str | None
    theirs: str
    mine: str
    act: object = None
    both: str | None = None

    @property
    def is_text(self):
        return type(self.field.field.widget) in TEXTS


class Conflict:
    """Of a form that `user` sent and that was stale, made once it has taken over what nobody typed into.

    `acts` are what was done meanwhile, `rows` the Differences, and `alone` the labels of fields that this person alone
    changed."""

    def __init__(self, form, user):
        self.form, self.seen = form, form.cleaned_data.get("seen", "")
        self.earlier = Earlier(form.theirs, form.cleaned_data["version"], user)
        self.rows, self.alone = [], []
        for name in form.compared():
            self._compare(name)
        self.acts = self.earlier.acts(opened_at(self.seen), {row.act for row in self.rows if row.act})

    def _compare(self, name):
        form = self.form
        theirs, mine = (words(form.fields[name], each) for each in (form.stands(name), form.cleaned_data.get(name)))
        if theirs == mine:
            return
        act, base = self._base(name)
        label, stood = form.label_of(name), words(form.fields[name], *base) if base else None
        if stood is not None and stood == theirs:
            self.alone.append(label)
            return
        row = Difference(form[name], label, stood, theirs, mine, act)
        if stood is not None and row.is_text and stood != mine:
            row.both = merged(stood, theirs, mine)
        self.rows.append(row)

    def _base(self, name):
        """(the act that changed the field since, (its value before,)); each None where it is not known."""
        form = self.form
        if fits(form, name, form.stands(name), self.seen):
            return None, (form.stands(name),)
        last = None
        for act, value in form.before(name, self.earlier):
            last = last or act
            if fits(form, name, value, self.seen):
                return last, (value,)
        return last, None


def as_it_was(field, value):
    """The value that a field of a model held, as the log wrote it down: of other records, their keys' records, those
    that are left."""
    if field.many_to_many:
        return field.related_model._default_manager.filter(pk__in=value or [])
    if isinstance(field, models.ForeignKey):
        return field.related_model._default_manager.filter(pk=value).first()
    return field.get_default() if value is None and not field.null else field.to_python(value)


def words(field, value):
    """A value as words, so that the three can be compared and read."""
    if hasattr(field, "in_words"):
        return field.in_words(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, dict):
        return str(value.get("title", ""))
    if value == "" and isinstance(field, forms.ChoiceField):
        return ""
    labels = _labels(field)
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return ", ".join(sorted(str(labels.get(str(each), each)) for each in value))
    return str(labels.get(str(value), value))


def _labels(field):
    """{a choice as it is stored: its label} of a field that offers words of the program."""
    if isinstance(field, forms.ModelChoiceField):
        return {}
    return {str(key): label for key, label in flatten_choices(getattr(field.widget, "choices", ()))}
