"""Who said it: the name, its other forms, and roles over time."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm, model_fields
from claims.models import Alias, Claimant, ClaimantRole
from claims.models.earlier import parts_before
from claims.models.fields import CleanFormField

PARTS = ("role", "since", "until", "party")
PARTS_OF = {"aliases": Alias, "roles": ClaimantRole}


class RoleLine(dict):
    """A role as the verbs take it, and as it is typed: role | since | until | party."""

    def __str__(self):
        parts = ["" if self[part] is None else str(self[part]) for part in PARTS]
        while parts and not parts[-1]:
            parts.pop()
        return " | ".join(parts).replace("|  |", "| |")


def lines_of(name, parts):
    """The lines of the field `name` for the parts of a claimant, {primary key: values by name}, in one order on every
    database."""
    if name == "aliases":
        return "\n".join(parts[pk]["name"] for pk in sorted(parts))
    roles = [(RoleLine({part: values.get(part) for part in PARTS}), pk) for pk, values in parts.items()]
    return "\n".join(str(line) for line, pk in sorted(roles, key=lambda role: (str(role[0]["since"] or ""), role[1])))


def lines_now(name, claimant):
    return lines_of(name, {part.pk: vars(part) for part in PARTS_OF[name].objects.filter(claimant=claimant)})


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

    def in_words(self, value):
        """The lines in the order of the alphabet: that in which they were typed says nothing."""
        lines = value.splitlines() if isinstance(value, str) else map(str, value or ())
        return "\n".join(sorted(lines))


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
            self.initial |= {name: lines_now(name, record) for name in PARTS_OF}

    def stands(self, name):
        return lines_now(name, self.theirs) if name in PARTS_OF else super().stands(name)

    def before(self, name, earlier):
        if name not in PARTS_OF:
            return super().before(name, earlier)
        steps = parts_before(PARTS_OF[name], self.theirs, "claimant")
        return [(act, lines_of(name, parts)) for act, parts in steps]
