"""Who said it: the name, its other forms, and roles over time."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm, model_fields
from claims.models import Alias, Claimant, ClaimantRole
from claims.models.fields import CleanFormField

PARTS = ("role", "since", "until", "party")
LISTS = ("aliases", "roles")


class RoleLine(dict):
    """A role as the verbs take it, and as it is typed: role | since | until | party."""

    def __str__(self):
        parts = ["" if self[part] is None else str(self[part]) for part in PARTS]
        while parts and not parts[-1]:
            parts.pop()
        return " | ".join(parts).replace("|  |", "| |")

    @classmethod
    def of(cls, role):
        return cls({part: getattr(role, part) for part in PARTS})


def _part(name, typed):
    """The value of one part of a line. Raises ValidationError."""
    field = ClaimantRole._meta.get_field(name)
    value = field.formfield().clean(typed)
    if value is not None:
        field.run_validators(value)
    return value


def read_role(line):
    """The role that a line says. Raises ValidationError."""
    typed = [part.strip() for part in line.split("|")]
    if len(typed) > len(PARTS):
        raise ValidationError(_("Write at most four parts: role | since | until | party."))
    typed += [""] * (len(PARTS) - len(typed))
    if not typed[0]:
        raise ValidationError(_("The role itself is missing."))
    role = RoleLine({name: _part(name, text) for name, text in zip(PARTS, typed, strict=True)})
    if role["since"] and role["until"] and role["until"] < role["since"]:
        raise ValidationError(_("A role cannot end before it begins."))
    return role


def each_line(text, read):
    """What `read` makes of each line that is not empty. Raises ValidationError, naming the lines it came from."""
    values, errors = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(read(line.strip()))
        except ValidationError as error:
            said = " ".join(error.messages)
            errors.append(ValidationError(_("Line %(number)d: %(said)s"), params={"number": number, "said": said}))
    if errors:
        raise ValidationError(errors)
    return values


class LinesField(CleanFormField):
    """A list of what `read` makes of each line."""

    def __init__(self, read, **kwargs):
        self.read = read
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000, **kwargs)

    def clean(self, value):
        return each_line(super().clean(value), self.read)


def aliases_field():
    return LinesField(
        lambda line: Alias._meta.get_field("name").clean(line, None),
        label=_("Other forms of the name"), help_text=_("One per line."),
    )  # fmt: skip


class ClaimantForm(ActForm):
    aliases = aliases_field()
    roles = LinesField(
        read_role,
        label=_("Roles"),
        help_text=_(
            "One per line: role | since | until | party. Days as 2025-12-03; what is not known stays empty. "
            "For example: Minister of Lights | 2024-05-01 | | Tide Party"
        ),
    )
    field_order = ["name", "kind", "aliases", "roles", "wikidata", "homepage"]

    def __init__(self, *args, record=None, **kwargs):
        super().__init__(*args, record=record, **kwargs)
        self.fields |= model_fields(Claimant, "name", "kind", "wikidata", "homepage")
        self.order_fields(self.field_order)
        if record is not None:
            self.initial = {name: getattr(record, name) for name in ("name", "kind", "wikidata", "homepage")}
            self.initial |= {"aliases": self.aliases_of(record), "roles": self.roles_of(record)}

    @staticmethod
    def aliases_of(claimant):
        return "\n".join(claimant.aliases.order_by("pk").values_list("name", flat=True))

    @staticmethod
    def roles_of(claimant):
        return "\n".join(str(RoleLine.of(role)) for role in claimant.roles.order_by("since", "pk"))

    def differences(self):
        rows = [row for row in super().differences() if row[0] not in {str(self[name].label) for name in LISTS}]
        if self.theirs is not None:
            for name, theirs in (("aliases", self.aliases_of(self.theirs)), ("roles", self.roles_of(self.theirs))):
                mine = "\n".join(map(str, self.cleaned_data.get(name) or []))
                if sorted(theirs.splitlines()) != sorted(mine.splitlines()):
                    rows.append((self[name].label, theirs, mine))
        return rows
