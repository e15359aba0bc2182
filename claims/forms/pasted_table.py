"""Changing many claims at once, each in its own way: a table pasted from a spreadsheet, as an export edited there."""

import csv
from io import StringIO

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.exchange.csv_export import BYTE_ORDER_MARK, EXPORTS, from_spreadsheet_cell
from claims.forms.acts import ActForm, TopicsField, model_fields
from claims.models import Claim, Rating, User
from claims.models.fields import CleanFormField, DayFormField
from claims.text import whole

MOST_ROWS = 5_000
MOST_FAULTS = 20
FIELDS = ("priority", "kind", "due_on", "recheck_on", "external_id")
COLUMNS = ("claim_id", "priority", "kind", "assignee", "due_on", "recheck_on", "external_id", "topics", "draft_rating")
ALSO = {"id": "claim_id"}
# An export pasted back says these as well; they are left alone, and the dry run says so.
LEFT_ALONE = frozenset(EXPORTS["claims"].columns) - frozenset(COLUMNS)
# Exports write a priority by its name, whatever pages call it.
PRIORITIES = {each.value: each.name.lower() for each in Claim.Priority}


class TableForm(ActForm):
    """A pasted table: the first line names the columns, each other line is one claim. A column that is not there, or
    in which nothing stands, leaves what is; “none” empties it. `left_alone` are columns that change nothing."""

    table = CleanFormField(
        label=gettext_lazy("Table"), max_length=5_000_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Copied from a spreadsheet, or as CSV, such as claims.csv edited. The first line names the columns: "
            "claim_id and any of priority, kind, assignee (a user name), due_on, recheck_on (2026-12-31), external_id, "
            "topics (all of them, parted by semicolons), draft_rating. Other columns of claims.csv are left alone. "
            "An empty cell leaves what is; “none” empties it."
        ),
    )  # fmt: skip

    def clean_table(self):
        lines = list(_lines(self.cleaned_data["table"]))
        if len(lines) < 2:
            raise ValidationError(_("Paste a line with the names of the columns, and under it a line for each claim."))
        if len(lines) > MOST_ROWS + 1:
            raise ValidationError(_("At most %(most)d claims in one table.") % {"most": MOST_ROWS})
        names = _named(lines[0][1])
        self.left_alone = [name for name in names if name in LEFT_ALONE]
        return _Table(names).read(lines[1:])


def _lines(text):
    """(number of the line, cells), parted as a spreadsheet's own line `sep=;` says, else as the first line is: by
    tabs, semicolons or commas."""
    text, before = text.removeprefix(BYTE_ORDER_MARK), 0
    first, _end, rest = text.partition("\n")
    said = first.rstrip("\r").strip('"')
    if said.lower().startswith("sep=") and len(said) == len("sep=;"):
        delimiter, text, before = said[-1], rest, 1
    else:
        delimiter = max("\t;,", key=first.count)
    reader = csv.reader(StringIO(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + reader.line_num, [from_spreadsheet_cell(cell.strip()) for cell in cells]
    except csv.Error as error:
        message = _("Line %(line)d cannot be read: %(why)s.") % {"line": before + reader.line_num, "why": error}
        raise ValidationError(message) from None


def _named(cells):
    """The names of the columns. Spreadsheets add empty ones behind the last."""
    names = [name.strip().lower() for name in cells]
    names = [ALSO.get(name, name) for name in names]
    while names and not names[-1]:
        names.pop()
    unknown = [name or "–" for name in names if name not in COLUMNS and name not in LEFT_ALONE]
    if unknown:
        raise ValidationError(
            _("No such column: %(names)s. There are: %(known)s.")
            % {"names": ", ".join(unknown), "known": ", ".join(COLUMNS)}
        )
    changing = [name for name in names if name in COLUMNS]
    if "claim_id" not in names or len(changing) < 2 or len(set(names)) < len(names):
        raise ValidationError(_("The table needs the column claim_id and at least one other, each of them once."))
    return names


class _Table:
    """Reads the lines under the names of the columns: {claim's number: {field: value as JSON knows it}}."""

    def __init__(self, names):
        self.names, self.faults, self.rows = names, [], {}
        self.fields = model_fields(Claim, *(name for name in names if name in FIELDS))
        self.topics = TopicsField(parted_by=";")
        people = User.objects.who_may("draft_checks")
        self.people = {each.username.lower(): each.pk for each in people} | {each.username: each.pk for each in people}
        ratings = Rating.objects.filter(offered=True)
        self.ratings = {word.lower(): each.pk for each in ratings for word in (each.label, each.slug)}

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
        """{number of a claim that is named and there: the user name of who has it}."""
        place = self.names.index("claim_id")
        numbers = {whole(cells[place]) for _n, cells in lines if len(cells) > place} - {None}
        return dict(Claim.objects.filter(pk__in=numbers).values_list("pk", "assignee__username"))

    def _take(self, cells, known):
        found = len(cells)
        if found < len(self.names) or any(cells[len(self.names) :]):
            raise ValidationError(
                _("%(found)d cells where the first line has %(wanted)d.") % {"found": found, "wanted": len(self.names)}
            )
        row = dict(zip(self.names, cells, strict=False))
        typed = row.pop("claim_id")
        number = whole(typed)
        if number not in known:
            raise ValidationError(_("There is no claim %(number)s.") % {"number": typed or "–"})
        if number in self.rows:
            raise ValidationError(_("Claim %(number)s stands in the table twice.") % {"number": number})
        if row.get("assignee") == known[number]:
            # Left as it was exported, even where that person may check no more.
            row.pop("assignee", None)
        self.rows[number] = {name: self._value(name, cell) for name, cell in row.items() if cell and name in COLUMNS}

    def _value(self, name, cell):
        empty = cell.lower() == "none"
        if name == "assignee":
            return None if empty else self._person(cell)
        if name == "topics":
            return [] if empty else self.topics.clean(cell)
        if name == "draft_rating":
            return None if empty else self._rating(cell)
        field = self.fields[name]
        if isinstance(field, DayFormField):
            return None if empty else field.clean(cell).isoformat()
        if name == "external_id":
            return None if empty else field.clean(cell)
        return _chosen(field, cell)

    def _person(self, cell):
        number = self.people.get(cell) or self.people.get(cell.lower())
        if number is None:
            raise ValidationError(_("Nobody called %(name)s may check claims.") % {"name": cell})
        return number

    def _rating(self, cell):
        if cell.lower() not in self.ratings:
            known = ", ".join(Rating.objects.filter(offered=True).order_by("order").values_list("label", flat=True))
            raise ValidationError(_("“%(cell)s” is none of: %(known)s.") % {"cell": cell, "known": known})
        return self.ratings[cell.lower()]


def _chosen(field, cell):
    """A choice by its name or by the word that pages show for it."""
    for value, label in field.choices:
        if cell.lower() in {str(value).lower(), str(label).lower(), PRIORITIES.get(value)} and value != "":
            return field.clean(value) if not str(value).isdecimal() else int(value)
    known = ", ".join(str(label) for value, label in field.choices if value != "")
    raise ValidationError(_("“%(cell)s” is none of: %(known)s.") % {"cell": cell, "known": known})
