"""How often a blind second opinion agreed with what the draft said when it was given: by period, and by topic."""

from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.db.models.functions import Abs

from claims.models.claims import Topic
from claims.models.statistics import place_among

ON_TOPIC = "check_file__claim__topics"
RATED = Q(rating__isnull=False, first_rating__isnull=False)
NUMBERED = Q(rating__value__isnull=False, first_rating__value__isnull=False)
COUNTED = {
    "given": Count("pk"),
    "rated": Count("pk", filter=RATED),
    "same": Count("pk", filter=RATED & Q(rating=F("first_rating"))),
    "numbered": Count("pk", filter=NUMBERED),
    "near": Count("pk", filter=NUMBERED & Q(apart__lte=1)),
}


@dataclass(frozen=True)
class Agreement:
    """Of opinions: how many were given; of those rated on both sides, how many by the same rating; and of those that
    both lie on the line of numbers, how many at most one step apart."""

    given: int = 0
    rated: int = 0
    same: int = 0
    numbered: int = 0
    near: int = 0


def _counted(opinions, periods, *by):
    found = opinions.filter(given_at__gte=periods[0].start, given_at__lt=periods[-1].end).order_by()
    found = found.annotate(
        place=place_among([each.start for each in periods[1:]], "given_at"),
        apart=Abs(F("rating__value") - F("first_rating__value")),
    )
    return found.values_list("place", *by).annotate(**COUNTED)


def by_period(opinions, periods):
    """[Agreement] of the opinions given in each period."""
    found = {place: Agreement(*counts) for place, *counts in _counted(opinions, periods)}
    return [found.get(place, Agreement()) for place in range(len(periods))]


def by_topic(opinions, periods, most, topics=None):
    """[(name of a topic, {place of the period: Agreement})], those with most opinions first. `topics` are the numbers
    to which they are narrowed, or None. An opinion on a claim of several topics counts for each."""
    wanted = Q(**{f"{ON_TOPIC}__isnull": False}) if topics is None else Q(**{f"{ON_TOPIC}__in": topics})
    found = {}
    for place, topic, *counts in _counted(opinions.filter(wanted), periods, ON_TOPIC):
        found.setdefault(topic, {})[place] = Agreement(*counts)
    given = {topic: sum(each.given for each in places.values()) for topic, places in found.items()}
    greatest = sorted(found, key=lambda topic: (-given[topic], topic))[:most]
    names = dict(Topic.objects.filter(pk__in=greatest).values_list("pk", "name"))
    return [(names[topic], found[topic]) for topic in greatest]
