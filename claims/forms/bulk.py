"""Changing many claims at once: what a deed needs to know, and a pasted table of other values for each claim."""

import csv
from datetime import date
from io import StringIO

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.exchange.csv_export import BYTE_ORDER_MARK, from_spreadsheet_cell
from claims.forms.acts import ActForm, model_fields
from claims.forms.claims import AssignForm, PutBackForm, SelectForm
from claims.models import Claim, Rating, User
from claims.models.fields import CleanFormField, DayFormField

MOST_ROWS = 5_000
MOST_FAULTS = 20
COLUMNS = ("id", "priority", "kind", "assignee", "due_on", "recheck_on", "external_id")


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


class TableForm(ActForm):
    """A pasted table: the first line names the columns, each other line is one claim. A column that is not there, or
    in which nothing stands, leaves what is; “none” empties it."""

    table = CleanFormField(
        label=gettext_lazy("Table"), max_length=1_000_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Copied from a spreadsheet, or as CSV. The first line names the columns: id and any of priority, kind, "
            "assignee (a user name), due_on, recheck_on (2026-12-31), external_id. An empty cell leaves what is; "
            "“none” empties it."
        ),
    )  # fmt: skip

    def clean_table(self):
        lines = list(_lines(self.cleaned_data["table"]))
        if len(lines) < 2:
            raise ValidationError(_("Paste a line with the names of the columns, and under it a line for each claim."))
        if len(lines) > MOST_ROWS + 1:
            raise ValidationError(_("At most %(most)d claims in one table.") % {"most": MOST_ROWS})
        names = [name.strip().lower() for name in lines[0][1]]
        _check_columns(names)
        return _Table(names).read(lines[1:])


def _lines(text):
    """(number of the line, cells), parted as the first line is: by tabs, semicolons or commas."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    first = text.partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(StringIO(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [from_spreadsheet_cell(cell.strip()) for cell in cells]
    except csv.Error as error:
        message = _("Line %(line)d cannot be read: %(why)s.") % {"line": reader.line_num, "why": error}
        raise ValidationError(message) from None


def _check_columns(names):
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise ValidationError(
            _("No such column: %(names)s. There are: %(known)s.")
            % {"names": ", ".join(unknown), "known": ", ".join(COLUMNS)}
        )
    if "id" not in names or len(names) < 2 or len(set(names)) < len(names):
        raise ValidationError(_("The table needs the column id and at least one other, each of them once."))


class _Table:
    """Reads the lines under the names of the columns: {claim's number: {field: value as JSON knows it}}."""

    def __init__(self, names):
        self.names, self.faults, self.rows = names, [], {}
        self.fields = model_fields(Claim, *(name for name in names if name not in {"id", "assignee"}))
        self.people = {person.username: person.pk for person in User.objects.who_may("draft_checks")}

    def read(self, lines):
        known = self._known(lines)
        for number, cells in lines:
            try:
                self._take(cells, known)
            except ValidationError as error:
                self.faults.append(_("Line %(line)d: %(why)s") % {"line": number, "why": " ".join(error.messages)})
        if self.faults:
            more = len(self.faults) - MOST_FAULTS
            rest = [_("… and %(count)d more lines.") % {"count": more}] if more > 0 else []
            raise ValidationError([*self.faults[:MOST_FAULTS], *rest])
        return self.rows

    def _known(self, lines):
        place = self.names.index("id")
        numbers = {int(cells[place]) for _n, cells in lines if len(cells) > place and is_number(cells[place])}
        return set(Claim.objects.filter(pk__in=numbers).values_list("pk", flat=True))

    def _take(self, cells, known):
        if len(cells) != len(self.names):
            raise ValidationError(
                _("%(found)d cells where the first line has %(wanted)d.")
                % {"found": len(cells), "wanted": len(self.names)}
            )
        row = dict(zip(self.names, cells, strict=True))
        number = row.pop("id")
        if not is_number(number) or int(number) not in known:
            raise ValidationError(_("There is no claim %(number)s.") % {"number": number or "–"})
        if int(number) in self.rows:
            raise ValidationError(_("Claim %(number)s stands in the table twice.") % {"number": number})
        self.rows[int(number)] = {name: self._value(name, cell) for name, cell in row.items() if cell}

    def _value(self, name, cell):
        empty = cell.lower() == "none"
        if name == "assignee":
            if not empty and cell not in self.people:
                raise ValidationError(_("Nobody called %(name)s may check claims.") % {"name": cell})
            return None if empty else self.people[cell]
        field = self.fields[name]
        if isinstance(field, DayFormField):
            return None if empty else field.clean(cell).isoformat()
        if name == "external_id":
            return None if empty else field.clean(cell)
        return _chosen(field, cell)


def is_number(text):
    return text.isascii() and text.isdecimal() and len(text) < 19


def _chosen(field, cell):
    """A choice by its name or by the word that pages show for it."""
    for value, label in field.choices:
        if cell.lower() in {str(value).lower(), str(label).lower()} and value != "":
            return field.clean(value) if not str(value).isdecimal() else int(value)
    known = ", ".join(str(label) for value, label in field.choices if value != "")
    raise ValidationError(_("“%(cell)s” is none of: %(known)s.") % {"cell": cell, "known": known})
