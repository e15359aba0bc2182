"""The desk's statistics as tables: one source for the table on the page, for the drawing above it, and for its CSV."""

from dataclasses import astuple, dataclass, field
from itertools import pairwise

from django.utils.translation import gettext as _

from claims.models import Claim, Rating
from claims.models.claims import UNFINISHED
from claims.models.statistics import BANDS
from claims.states import ClaimStatus

# What the cells of a column hold; all but words and periods are whole numbers or None.
WORDS, BAND, PERIOD, COUNT, TOTAL, HOURS = "words", "band", "period", "count", "total", "hours"
ATTRIBUTION = "attribution"
PARTS = ("ratings", "side-by-side", "turnaround", "open", "replaced", "agreement", "agreement-by-topic")
SHORT = 14


@dataclass(frozen=True)
class Column:
    """`name` is what CSV calls it; `look` the class of its colour, and `place` what chooses its texture.

    `words` says what the page shows for a stored value: CSV is the same in every language."""

    name: str
    label: str
    kind: str = COUNT
    look: str = ""
    place: int = 0
    words: dict = field(default_factory=dict)

    @property
    def is_number(self):
        return self.kind in {COUNT, TOTAL, HOURS}

    def said(self, cell):
        if self.kind == PERIOD:
            return cell.label
        return self.words.get(cell, cell)


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple
    rows: list

    @property
    def series(self):
        """The columns that a drawing lays one upon the other."""
        return [column for column in self.columns if column.kind == COUNT]

    @property
    def cells(self):
        """The rows, each cell with its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]

    @property
    def is_short(self):
        return len(self.rows) <= SHORT

    def of(self, row, kind):
        return [cell for column, cell in zip(self.columns, row, strict=True) if column.kind == kind]

    def sum(self, name):
        """Of the column of this name."""
        place = [column.name for column in self.columns].index(name)
        return sum(row[place] for row in self.rows)

    def with_columns(self, other, *names):
        """This table and these columns of another that has the same rows."""
        taken = [place for place, column in enumerate(other.columns) if column.name in names]
        rows = [
            (*row, *(further[place] for place in taken)) for row, further in zip(self.rows, other.rows, strict=True)
        ]
        return Table(self.name, (*self.columns, *(other.columns[place] for place in taken)), rows)


class TableExport:
    """A table as csv_export.Stream takes it: a period is three columns, its name and its first and last day."""

    def __init__(self, table):
        self.table, self.name = table, f"statistics-{table.name}"
        self.columns = tuple(
            name
            for column in table.columns
            for name in (("period", "from", "until") if column.kind == PERIOD else (column.name,))
        )
        words = {column.name for column in table.columns if column.kind == WORDS}
        self.typed = frozenset(self.columns) - words - {"period"}

    def rows(self, _claims, _which):
        for row in self.table.cells:
            yield [
                value
                for column, cell in row
                for value in ((cell.name, cell.first, cell.last) if column.kind == PERIOD else (cell,))
            ]


class Scale:
    """The columns of the desk's ratings: those that are offered, and those that a verdict still has; or, where room is
    short, those alone that occur."""

    def __init__(self, *, short=False):
        self.ratings = list(Rating.objects.order_by("order", "pk"))
        self.short = short

    def words(self):
        return {each.slug: each.label for each in self.ratings} | {ATTRIBUTION: _("Attribution alone")}

    def columns(self, given):
        """`given` are the slugs that occur; a desk that never judged the attribution alone needs no column for it."""
        columns = [
            Column(each.slug, each.label, look=f"rating-{each.palette or 'neutral'}", place=place)
            for place, each in enumerate(self.ratings)
            if each.slug in given or (each.offered and not self.short)
        ]
        last = Column(ATTRIBUTION, self.words()[ATTRIBUTION], look="rating-neutral", place=len(self.ratings))
        return (*columns, last) if "" in given else tuple(columns)


def _slugs(columns):
    return ["" if column.name == ATTRIBUTION else column.name for column in columns]


def _counted(head, counts, place, slugs):
    numbers = [counts.get((place, slug), 0) for slug in slugs]
    return (*head, *numbers, sum(numbers))


def _period():
    return Column("period", _("Period"), PERIOD)


def _verdicts():
    return Column("verdicts", _("Verdicts"), TOTAL)


def ratings_table(scale, periods, counts):
    columns = scale.columns({slug for _place, slug in counts})
    rows = [_counted((each,), counts, place, _slugs(columns)) for place, each in enumerate(periods)]
    return Table("ratings", (_period(), *columns, _verdicts()), rows)


def dimension_names():
    return {
        "claimant": _("Who said it"),
        "party": _("Party"),
        "topic": _("Topic"),
        "kind": _("Kind"),
        "rating": _("Rating"),
    }


def beside_table(scale, name, periods, found, columns=None):
    """`found` is what statistics.side_by_side() gave for the dimension of this name; `columns` are those of another
    table that it is to stand with."""
    columns = columns or scale.columns({slug for _words, counts in found for _place, slug in counts})
    words = {"kind": dict(Claim.Kind.choices), "rating": scale.words()}.get(name, {})
    rows = [
        _counted((value or ATTRIBUTION, each), counts, place, _slugs(columns))
        for value, counts in found
        for place, each in enumerate(periods)
    ]
    heads = Column(name, dimension_names()[name], WORDS, words=words), _period()
    return Table("side-by-side", (*heads, *columns, _verdicts()), rows)


def turnaround_table(periods, found):
    columns = (
        _period(),
        Column("first_verdicts", _("First verdicts"), TOTAL),
        Column("median_hours", _("Half of them within"), HOURS),
        Column("ninetieth_percentile_hours", _("Nine in ten within"), HOURS),
    )
    rows = [(each, took.number, took.median, took.ninetieth) for each, took in zip(periods, found, strict=True)]
    return Table("turnaround", columns, rows)


def replacements_table(periods, found):
    columns = (
        _period(),
        Column("first", _("First verdict"), look="tone-0", place=0),
        Column("replacing", _("Replaced an earlier one"), look="tone-1", place=1),
        Column("published", _("Published"), TOTAL),
    )
    rows = [
        (each, total - replacing, replacing, total) for each, (total, replacing) in zip(periods, found, strict=True)
    ]
    return Table("replaced", columns, rows)


def _agreement_columns():
    return (
        Column("opinions", _("Second opinions"), TOTAL),
        Column("both_rated", _("Rated on both sides"), TOTAL),
        Column("same_rating", _("The same rating"), TOTAL),
        Column("both_numbered", _("Both on the line of numbers"), TOTAL),
        Column("within_one_step", _("At most one step apart"), TOTAL),
    )


def agreement_table(periods, found):
    """`found` is what agreement.by_period() gave."""
    rows = [(each, *astuple(counted)) for each, counted in zip(periods, found, strict=True)]
    return Table("agreement", (_period(), *_agreement_columns()), rows)


def agreement_by_topic_table(periods, found):
    """`found` is what agreement.by_topic() gave; topics without an opinion in a period have no row of it."""
    rows = [(topic, periods[place], *astuple(counts[place])) for topic, counts in found for place in sorted(counts)]
    heads = Column("topic", dimension_names()["topic"], WORDS), _period()
    return Table("agreement-by-topic", (*heads, *_agreement_columns()), rows)


def open_table(found):
    used = {status for _band, status in found}
    statuses = [status for status in UNFINISHED if status in used or status != ClaimStatus.REOPENED]
    columns = [
        Column(status.value, status.label, look=f"tone-{place}", place=place) for place, status in enumerate(statuses)
    ]
    names = [column.name for column in columns]
    rows = [_counted((least,), found, band, names) for band, least in reversed(list(enumerate(BANDS)))]
    age = Column("days_at_least", _("Age"), BAND, words=_ages())
    return Table("open", (age, *columns, Column("claims", _("Claims"), TOTAL)), rows)


def _ages():
    """The words for statistics.BANDS."""
    said = {BANDS[0]: _("%(days)d days and more") % {"days": BANDS[0]}}
    for above, least in pairwise(BANDS):
        said[least] = _("%(least)d to %(most)d days") % {"least": least, "most": above - 1}
    return said
