"""Drawings of statistics, made on the server from the tables that stand below them.

Whole numbers alone: a decimal comma of some language would break a drawing. Colours are the classes of the style
sheet, and each series has a texture too, so that no colour is needed."""

from itertools import count

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _

from claims.exchange.tables import COUNT, HOURS, PERIOD, TOTAL

register = template.Library()

# Strokes on a tile of 8 by 8 that meets itself at its edges.
TEXTURES = (
    "",
    "M-2 2L2 -2M0 8L8 0M6 10L10 6",
    "M0 4H8",
    "M2 2h.01M6 6h.01",
    "M0 0L8 8M8 0L0 8",
    "M4 0V8",
    "M-2 6L2 10M0 0L8 8M6 -2L10 2",
    "M0 4H8M4 0V8",
    "M4 4h.01",
    "M0 6L4 2L8 6",
    "M0 2H5M3 6H8",
)
A_DAY = 24


@register.filter
def texture(place):
    return TEXTURES[place % len(TEXTURES)]


@register.simple_tag
def said(column, cell):
    """A cell of words or of a period, as people read it."""
    return column.said(cell)


@register.filter
def number(value):
    """A whole number with its thousands parted; nothing for None."""
    return "" if value is None else intcomma(value)


@register.filter
def hours(value):
    """Whole hours in words: days too, from two days on."""
    if value is None:
        return ""
    if value == 0:
        return _("under 1 h")
    if value < 2 * A_DAY:
        return _("%(hours)d h") % {"hours": value}
    days, rest = divmod(value, A_DAY)
    return _("%(days)d d %(hours)d h") % {"days": days, "hours": rest} if rest else _("%(days)d d") % {"days": days}


def steps(most, wanted=4):
    """Round numbers from 0 up to `most` or a little above, about `wanted` of them apart by 1, 2 or 5 and noughts."""
    most = max(most, 1)
    sizes = (digit * 10**noughts for noughts in count() for digit in (1, 2, 5))
    size = next(size for size in sizes if size * wanted >= most)
    return [size * place for place in range(-(-most // size) + 1)]


class Field:
    """The field of a drawing with upright values: where a value lies, and where a place of `many` lies."""

    def __init__(self, width, height, most, many, *, left=56, right=8, top=18, bottom=34):
        self.width, self.height, self.left, self.top = width, height, left, top
        self.right, self.floor = width - right, height - bottom
        self.steps = steps(most)
        self.many = many

    def y(self, value):
        return self.floor - round((self.floor - self.top) * value / self.steps[-1])

    def x(self, place):
        return self.left + round((self.right - self.left) * place / self.many)

    def middle(self, place):
        return (self.x(place) + self.x(place + 1)) // 2

    def column(self, place):
        """(left edge, width) of the column of a place."""
        room = self.x(place + 1) - self.x(place)
        wide = max(2, min(48, room * 7 // 10))
        return self.middle(place) - wide // 2, wide

    def grid(self, words=intcomma):
        return [(self.y(value), words(value)) for value in self.steps]

    def foot(self, periods, room=34):
        """(x, words, year) under the columns, as many as there is room for; a year where it is new."""
        every = -(-self.many * room // (self.right - self.left))
        labels, shown = [], None
        for place in range(0, self.many, every):
            words, year = periods[place].short
            labels.append((self.middle(place), words, year if year != shown else ""))
            shown = year
        return labels


def _stacks(table, rows, field):
    bars, sums = [], []
    for place, row in enumerate(rows):
        (x, wide), height = field.column(place), 0
        for column, cell in zip(table.series, table.of(row, COUNT), strict=True):
            if cell:
                top = field.y(height + cell)
                words = f"{table.of(row, PERIOD)[0].label}, {column.label}: {intcomma(cell)}"
                bars.append((x, top, wide, field.y(height) - top, column.name, words))
            height += cell
        if height and wide > 7 * len(intcomma(height)) - 12:
            sums.append((field.middle(place), field.y(height) - 5, intcomma(height)))
    return {
        "field": field,
        "grid": field.grid(),
        "bars": bars,
        "sums": sums,
        "foot": field.foot([table.of(row, PERIOD)[0] for row in rows]),
    }


def _greatest(table):
    return max((table.of(row, TOTAL)[-1] for row in table.rows), default=0)


@register.inclusion_tag("charts/columns.html")
def columns_chart(table, title):
    """Columns side by side, one a period, each of the table's series one upon the other."""
    field = Field(720, 260, _greatest(table), len(table.rows))
    return {"table": table.name, "title": title, **_stacks(table, table.rows, field)}


@register.inclusion_tag("charts/panels.html")
def panels_chart(table):
    """A small drawing for each of the words in the table's first column, all on one scale."""
    by_words = {}
    for row in table.rows:
        by_words.setdefault(row[0], []).append(row)
    most, panels = _greatest(table), []
    for words, rows in by_words.items():
        field = Field(300, 170, most, len(rows), left=44)
        total = sum(table.of(row, TOTAL)[-1] for row in rows)
        drawn = _stacks(table, rows, field)
        panels.append({"table": table.name, "title": table.columns[0].said(words), "total": total, **drawn})
    return {"panels": panels}


@register.inclusion_tag("charts/rows.html")
def rows_chart(table, title):
    """Bars one below the other, one a row of the table, each of its series after the other."""
    width, left, right, tall, gap = 720, 150, 660, 26, 12
    last = steps(_greatest(table))[-1]
    bars, words = [], []
    for place, row in enumerate(table.rows):
        x, y, total = left, place * (tall + gap) + 4, 0
        for column, cell in zip(table.series, table.of(row, COUNT), strict=True):
            total += cell
            end = left + round((right - left) * total / last)
            if cell:
                label = f"{table.columns[0].said(row[0])}, {column.label}: {intcomma(cell)}"
                bars.append((x, y, end - x, tall, column.name, label))
            x = end
        words.append((left - 10, y + tall - 8, table.columns[0].said(row[0]), x + 8, intcomma(total)))
    height = len(table.rows) * (tall + gap) + 4
    return {
        "table": table.name, "title": title, "width": width, "height": height, "left": left, "bars": bars,
        "words": words,
    }  # fmt: skip


@register.inclusion_tag("charts/spans.html")
def spans_chart(table, title):
    """For each period a line from the first to the second number of hours of the table, with a mark at each."""
    found = [table.of(row, HOURS) for row in table.rows]
    most = max((each[1] for each in found if each[1] is not None), default=0)
    unit = A_DAY if most >= 2 * A_DAY else 1
    field = Field(720, 260, -(-most // unit), len(found))
    spans = []
    for place, (row, (half, most_of)) in enumerate(zip(table.rows, found, strict=True)):
        if half is not None:
            y = [field.y(each / unit) for each in (half, most_of)]
            said = f"{table.of(row, PERIOD)[0].label}: {hours(half)}, {hours(most_of)}"
            spans.append((field.middle(place), *y, said))
    named = _("%(number)d d") if unit == A_DAY else _("%(number)d h")
    return {
        "title": title,
        "field": field,
        "grid": field.grid(lambda value: named % {"number": value}),
        "spans": spans,
        "foot": field.foot([table.of(row, PERIOD)[0] for row in table.rows]),
    }
