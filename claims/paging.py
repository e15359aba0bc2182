"""Pages of a long list by the key of the row they follow: the last page costs what the first one costs."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils.formats import number_format

from claims.text import cleaned

ROWS = 50
MOST_COUNTED = 10_000
NEAR = 4_000
# Of a million claims in any order of theirs, more finds than these have a page among the NEAR next ones.
MOST_SORTED = 13_000


@dataclass(frozen=True)
class Page:
    """Some rows, and the tokens of the pages before and after them, or None where there is none."""

    rows: list
    before: str | None
    after: str | None


def _token(row, key):
    value = row._meta.get_field(key).value_to_string(row)
    return urlsafe_b64encode(f"{row.pk} {value}".encode()).decode().rstrip("=")


def _read(token, model, key):
    """(value of the key, primary key), or None for what is no token of ours."""
    try:
        text = cleaned(urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
        pk, _space, value = text.partition(" ")
        field = model._meta.get_field(key)
        value = field.to_python(value)
        if isinstance(value, datetime):
            value = value.astimezone(UTC)  # beyond the first or the last of all days there is no such time
        return value, model._meta.pk.to_python(pk)
    except (ValueError, OverflowError, ValidationError):
        return None


def _beyond(key, value, pk, *, upwards):
    """Rows that follow (value, pk). The first condition lets the index of (key, id) be entered at the right place."""
    way = "gt" if upwards else "lt"
    return Q(**{f"{key}__{way}e": value}) & (Q(**{f"{key}__{way}": value}) | Q(**{f"pk__{way}": pk}))


def in_order(queryset, key, *, descending=False):
    """By the key and, among equals, by primary key in the same direction."""
    names = ["pk"] if key == queryset.model._meta.pk.name else [key, "pk"]
    return queryset.order_by(*(f"-{name}" if descending else name for name in names))


def follow(queryset, key, place, *, upwards):
    """The rows after `place`, (value of the key, primary key) or None for the beginning, in that direction."""
    if place:
        queryset = queryset.filter(_beyond(key, *place, upwards=upwards))
    return in_order(queryset, key, descending=not upwards)


def _page(model, following, params, key, *, descending, size):
    """The page asked for; `following(place, upwards, most)` gives rows as follow() does."""
    back = "before" in params and "after" not in params
    token = params.get("before" if back else "after")
    place = _read(token, model, key) if token else None
    back = back and place is not None
    rows = following(place, descending == back, size + 1)
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    return Page(
        rows,
        before=_token(rows[0], key) if rows and (more if back else place) else None,
        after=_token(rows[-1], key) if rows and (more or back) else None,
    )


def page_of(queryset, params, key, *, descending=False, size=ROWS):
    """The page that `params` ask for with `after` or `before`; the first one where they hold no token of ours.

    `key` is a column without nulls; `queryset` may come in any order."""

    def following(place, upwards, most):
        return list(follow(queryset, key, place, upwards=upwards)[:most])

    return _page(queryset.model, following, params, key, descending=descending, size=size)


def _without_index(key, *, upwards):
    """The order of in_order(), so written that no database walks an index for it: it collects the rows and sorts.

    The last column settles nothing. It keeps SQLite from reading an index that holds the key and nothing else."""
    names = Coalesce(F(key), F(key)), Coalesce(F("pk"), F("pk")), Coalesce(F("statement"), F("statement"))
    return [name.asc() if upwards else name.desc() for name in names]


@dataclass(frozen=True)
class Found:
    """What filters have found: the same records by three ways of asking."""

    # What belongs together is collected first, whatever its number.
    all: QuerySet
    # As cheap as can be where more than MOST_SORTED are found, and then perhaps not all of them.
    some: QuerySet
    # Each record is asked by itself, which is cheap for the few that stand near a page.
    each: QuerySet


def found_page(found, shown, params, key, *, descending=False, size=ROWS):
    """(page, count) as by page_of() and counted(), of the claims that filters have Found among a million.

    Up to MOST_SORTED finds are sorted here: a database that expects more of them walks its index to the end in
    search of a page, which takes seconds. `shown` fetches the rows of the page. It costs the same number of queries
    however many are found."""
    finds = list(found.some.order_by().values_list(key, "pk")[: MOST_SORTED + 1])

    def following(place, upwards, most):
        if len(finds) <= MOST_SORTED:
            after = [each for each in finds if place is None or (each > place if upwards else each < place)]
            pks = [pk for _value, pk in sorted(after, reverse=not upwards)[:most]]
        else:
            pks = _pks_of_many(found, shown, key, place, upwards=upwards, most=most)
        rows = shown.order_by().filter(pk__in=pks)
        return sorted(rows, key=lambda row: (getattr(row, key), row.pk), reverse=not upwards)[:most]

    return _page(found.all.model, following, params, key, descending=descending, size=size), _in_words(len(finds))


def _pks_of_many(found, shown, key, place, *, upwards, most):
    """SQL for the primary keys of at least the first `most` finds from a place on.

    The next NEAR rows in the order mostly hold a page, and that spares sorting all. Where they do not, the database
    sorts all in the same statement."""
    near = follow(shown.order_by(), key, place, upwards=upwards).values("pk")[:NEAR]
    # The place again, or PostgreSQL would walk the order from its beginning and look for what is near.
    first = follow(found.each.filter(pk__in=near), key, place, upwards=upwards).values("pk")[:most]
    sorting = _without_index(key, upwards=upwards)
    rest = follow(found.all, key, place, upwards=upwards).order_by(*sorting).values("pk")
    (first_sql, first_params), (rest_sql, rest_params) = (each.query.sql_with_params() for each in (first, rest))
    # A limit of 0 keeps both databases from beginning to collect; the last one tells PostgreSQL how few rows to expect.
    limit = f"(SELECT CASE WHEN count(*) < {most} THEN {most} ELSE 0 END FROM first_finds)"
    sql = (
        f"WITH first_finds AS MATERIALIZED ({first_sql}) "
        f"SELECT * FROM first_finds UNION ALL SELECT * FROM ({rest_sql} LIMIT {limit}) AS rest LIMIT {2 * most}"
    )
    return RawSQL(sql, (*first_params, *rest_params))


def _in_words(number):
    words = number_format(min(number, MOST_COUNTED), force_grouping=True)
    return f"{words}+" if number > MOST_COUNTED else words


def counted(queryset, *, more=0):
    """How many rows there are and `more`, as a list says it: "10,000+" where counting on would tell nobody more."""
    return _in_words(queryset.order_by()[: MOST_COUNTED + 1].count() + more)
