"""What the desk has done, counted in the database: verdicts in force, how long they took, what is open, what was
replaced.

A verdict's rating and kind are those it was published with; claimant, party and topics are what the records say of its
claim today, so that a corrected name corrects its numbers. Every function costs the same number of queries, however
many verdicts there are, and says the same on both databases.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, Exists, F, Func, IntegerField, Min, OuterRef, Q, Sum, Value, When
from django.db.models.functions import NullIf

from claims.models.claimants import Claimant, ClaimantRole, held_on
from claims.models.claims import UNKNOWN_DAY, ClaimTopic
from claims.models.periods import midnight
from claims.models.topics import Topic

ROLES = "claim__claimant__roles"
ALL = Q()
AN_HOUR = 3_600
# The least age in days of each band of open claims, oldest first.
BANDS = (365, 91, 28, 7, 0)


class Seconds(Func):
    """Whole seconds since 1970: the fraction is cut off, since SQLite would round what PostgreSQL keeps."""

    output_field = IntegerField()

    def as_sqlite(self, compiler, connection, **context):
        template = "CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler, connection, **context):
        template = "floor(extract(epoch FROM %(expressions)s))::bigint"
        return self.as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True)
class Scope:
    """Which verdicts and claims are counted. None means all; claimants and topics are records' numbers or a query."""

    claimants: object = None
    parties: list | None = None
    topics: object = None
    kinds: list | None = None
    ratings: list | None = None

    def of_verdicts(self, verdicts):
        verdicts = self._narrowed(verdicts, "claim__", "claim", OuterRef("said_on"))
        return verdicts if self.ratings is None else verdicts.filter(rating_slug__in=self.ratings)

    def of_opinions(self, opinions, claims):
        """Second opinions on these claims; of the ratings that of the draft counts."""
        found = opinions.filter(check_file__claim__in=self.of_claims(claims))
        if self.ratings is None:
            return found
        bare = Q(first_rating=None) if "" in self.ratings else Q(pk__in=())
        return found.filter(Q(first_rating__slug__in=self.ratings) | bare)

    def of_claims(self, claims):
        """Without the ratings: what is open has none. The day is that of lists: of a protected source nobody's."""
        return self._narrowed(claims, "", "pk", NullIf(OuterRef("said_on_key"), Value(UNKNOWN_DAY)))

    def _narrowed(self, rows, to_claim, claim, day):
        if self.claimants is not None:
            rows = rows.filter(**{f"{to_claim}claimant__in": self.claimants})
        if self.kinds is not None:
            rows = rows.filter(kind__in=self.kinds)
        if self.topics is not None:
            rows = rows.filter(**{f"{claim}__in": ClaimTopic.objects.filter(topic__in=self.topics).values("claim")})
        if self.parties is not None:
            held = ClaimantRole.objects.filter(held_on(day), party__in=self.parties)
            rows = rows.filter(Exists(held.filter(claimant=OuterRef(f"{to_claim}claimant"))))
        return rows


def place_among(bounds, moment):
    """How many of the bounds, which are in order, the moment of this name has reached.

    A balanced tree of comparisons: the time zone is asked once for each bound and not once for each row."""

    def between(low, high):
        if low == high:
            return Value(low, output_field=IntegerField())
        middle = (low + high) // 2
        earlier = When(**{f"{moment}__lt": bounds[middle]}, then=between(low, middle))
        return Case(earlier, default=between(middle + 1, high), output_field=IntegerField())

    return between(0, len(bounds))


def _in_periods(verdicts, periods):
    """Those published in the periods, which follow each other without gaps, each with the place of its own."""
    found = verdicts.filter(published_at__gte=periods[0].start, published_at__lt=periods[-1].end)
    return found.annotate(place=place_among([each.start for each in periods[1:]], "published_at"))


def by_rating(verdicts, periods):
    """{(place of the period, slug of the rating): number of verdicts}; without a rating the slug is empty."""
    rows = _in_periods(verdicts, periods).order_by().values_list("place", "rating_slug").annotate(Count("pk"))
    return {(place, slug): number for place, slug, number in rows}


@dataclass(frozen=True)
class Dimension:
    """By what verdicts are set side by side: the path to the value, and what settles the order of equals.

    `chosen` is the field of a scope that names values of it, and then those alone are shown: a verdict may have
    several topics, and its claimant may have stood for several parties on one day. `named` is the model whose numbers
    the values are; there may be a hundred thousand of those, and of the other values there are few."""

    chosen: str
    value: str
    tie: str = "pk"
    among: Q = ALL
    named: type | None = None

    def of(self, verdicts, scope, values=None):
        """The verdicts, a row for each `value` of theirs. One filter alone, so that it is one join."""
        wanted = {} if getattr(scope, self.chosen) is None else {f"{self.value}__in": getattr(scope, self.chosen)}
        wanted |= {} if values is None else {f"{self.value}__in": values}
        return verdicts.filter(self.among, **wanted).order_by().annotate(value=F(self.value))

    @property
    def counted(self):
        """Two roles for one party on one day make no second verdict."""
        return {"many": Count("pk", distinct=self.among is not ALL), "tie": Min(self.tie)}

    def greatest(self, verdicts, scope, most):
        rows = self.of(verdicts, scope).values_list("value").annotate(**self.counted)
        return [value for value, *_ in rows.order_by("-many", "tie")[:most]]

    def words(self, values):
        if self.named is None:
            return {value: value for value in values}
        return dict(self.named.objects.filter(pk__in=values).values_list("pk", "name"))


DIMENSIONS = {
    "claimant": Dimension("claimants", "claim__claimant", "claim__claimant", named=Claimant),
    "party": Dimension(
        "parties", f"{ROLES}__party", ROLES,
        Q(**{f"{ROLES}__party__gt": ""}) & held_on(F("said_on"), f"{ROLES}__"),
    ),
    "topic": Dimension("topics", "claim__topics", "claim__topics", Q(claim__topics__isnull=False), Topic),
    "kind": Dimension("kinds", "kind"),
    "rating": Dimension("ratings", "rating_slug"),
}  # fmt: skip


def side_by_side(verdicts, scope, name, periods, most):
    """[(words, {(place, slug of the rating): number})] of the values with most verdicts, the greatest first.

    `name` is one of DIMENSIONS; `verdicts` are within the scope already."""
    dimension = DIMENSIONS[name]
    found = _in_periods(verdicts, periods)
    values = dimension.greatest(found, scope, most) if dimension.named else None
    rows = dimension.of(found, scope, values).values_list("value", "place", "rating_slug")
    counts, ranks = defaultdict(dict), {}
    for value, place, slug, many, tie in rows.annotate(**dimension.counted):
        counts[value][place, slug] = many
        earlier, first = ranks.get(value, (0, tie))
        ranks[value] = earlier - many, min(first, tie)
    greatest = sorted(ranks, key=ranks.get)[:most]
    words = dimension.words(greatest)
    return [(words[value], counts[value]) for value in greatest]


@dataclass(frozen=True)
class Turnaround:
    """Whole hours from noted to first published: of how many, and by the nearest-rank method half and nine tenths of
    them took no longer."""

    number: int = 0
    median: int | None = None
    ninetieth: int | None = None


def turnaround(verdicts, periods):
    """(a Turnaround for each period, one for all of them), of the first verdict on each claim.

    The hours are counted in the database and ranked here: a percentile is PostgreSQL's alone, and a mean of two
    middle values would be a time that nothing took."""
    hours = (Seconds("published_at") - Seconds("claim__noted_at")) / AN_HOUR
    rows = _in_periods(verdicts.filter(number=1), periods).annotate(hours=hours).order_by()
    each, together = defaultdict(lambda: defaultdict(int)), defaultdict(int)
    for place, took, number in rows.values_list("place", "hours").annotate(Count("pk")):
        each[place][took] += number
        together[took] += number
    return [_ranked(each[place]) for place in range(len(periods))], _ranked(together)


def _ranked(histogram):
    number = sum(histogram.values())
    if not number:
        return Turnaround()
    return Turnaround(number, *(_at_rank(histogram, -(-number * share // 100)) for share in (50, 90)))


def _at_rank(histogram, rank):
    for value, number in sorted(histogram.items()):
        rank -= number
        if rank <= 0:
            return value
    raise ValueError(rank)


def replacements(verdicts, periods):
    """[(verdicts published, how many of them replaced an earlier one)] for each period; `verdicts` are all, those
    replaced since included."""
    rows = _in_periods(verdicts, periods).order_by().values_list("place")
    found = {place: numbers for place, *numbers in rows.annotate(Count("pk"), Count("supersedes"))}
    return [tuple(found.get(place, (0, 0))) for place in range(len(periods))]


def open_by_age(claims, day):
    """{(band, status): number of claims that are to be checked or being checked}, by their age in days on this day.

    The band is a place in BANDS; a claim noted on the day itself is 0 days old."""
    bounds = [midnight(day - timedelta(days=band - 1)) for band in BANDS[:-1]]
    rows = claims.unfinished().annotate(band=place_among(bounds, "noted_at")).order_by()
    return {(band, status): number for band, status, number in rows.values_list("band", "status").annotate(Count("pk"))}


def summary(verdicts, claims, period):
    """The numbers that an assessor asks for first, in one look each at verdicts in force and at claims."""
    found = verdicts.filter(published_at__gte=period.start, published_at__lt=period.end).aggregate(
        verdicts=Count("pk"),
        claimants=Count("claim__claimant", distinct=True),
        approved_by_another=Count("pk", filter=Q(override_reason="")),
        evidence=Sum("evidence_count", default=0),
        independent=Count("pk", filter=Q(independent_origins__gte=2)),
    )
    return found | {"noted": claims.filter(noted_at__gte=period.start, noted_at__lt=period.end).count()}
