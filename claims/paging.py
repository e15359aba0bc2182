"""Pages of a long list by the key of the row they follow: the last page costs what the first one costs."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.formats import number_format

from claims.text import cleaned

ROWS = 50
MOST_COUNTED = 10_000
NEAR = 2_000


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
    """The order of in_order(), so written that no database walks an index for it: it collects the rows and sorts."""
    names = Coalesce(F(key), F(key)), Coalesce(F("pk"), F("pk"))
    return [name.asc() if upwards else name.desc() for name in names]


def found_page(found, shown, params, key, *, descending=False, size=ROWS):
    """(page, count) as by page_of() and counted(), of what filters have found among a million.

    Up to MOST_COUNTED finds are sorted here: a database that expects more of them walks its index to the end in
    search of a page, which takes seconds. Of more than that, the next NEAR rows in the order mostly hold a page, and
    it spares sorting them all. `shown` fetches the rows of the page."""
    finds = list(found.order_by().values_list(key, "pk")[: MOST_COUNTED + 1])

    def following(place, upwards, most):
        if len(finds) <= MOST_COUNTED:
            after = [each for each in finds if place is None or (each > place if upwards else each < place)]
            return [pk for _value, pk in sorted(after, reverse=not upwards)[:most]]
        everything = follow(shown.order_by(), key, place, upwards=upwards)
        near = list(everything.values_list("pk", flat=True)[:NEAR])
        pks = list(in_order(found.filter(pk__in=near), key, descending=not upwards).values_list("pk", flat=True)[:most])
        if len(pks) == most:
            return pks
        sorting = _without_index(key, upwards=upwards)
        # Whole rows, or SQLite would read them in the order of an index that holds the key and nothing else.
        return [row.pk for row in follow(found, key, place, upwards=upwards).order_by(*sorting)[:most]]

    def rows(*where):
        pks = following(*where)
        kept = shown.in_bulk(pks)
        return [kept[pk] for pk in pks if pk in kept]

    return _page(found.model, rows, params, key, descending=descending, size=size), _in_words(len(finds))


def _in_words(number):
    words = number_format(min(number, MOST_COUNTED), force_grouping=True)
    return f"{words}+" if number > MOST_COUNTED else words


def counted(queryset, *, more=0):
    """How many rows there are and `more`, as a list says it: "10,000+" where counting on would tell nobody more."""
    return _in_words(queryset.order_by()[: MOST_COUNTED + 1].count() + more)
