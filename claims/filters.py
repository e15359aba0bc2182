"""The filter of the claims list. Its querystring means the same on the screen, in an export and in a link."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from claims.exchange.csv_export import CURRENT, FULL, Which
from claims.forms.querystrings import BESIDE, refuse_unknown
from claims.models import (
    Appearance,
    Check,
    Claim,
    Claimant,
    Notification,
    Publisher,
    Rating,
    RequestForComment,
    Source,
    Topic,
    User,
)
from claims.models.claims import UNKNOWN_DAY, ClaimTopic
from claims.models.fields import CleanFormField, DayFormField, PastDayFormField
from claims.models.following import changes_for
from claims.paging import MOST_SORTED, Found, in_order
from claims.search.find import are_many, each_matching, having, matching, some_matching
from claims.states import ClaimStatus
from claims.text import sort_key, whole

MOST_SUGGESTED = 200
MOST_NUMBERS = 1_000
SUGGESTED = {"claimant": Claimant, "publisher": Publisher, "topic": Topic}

# What a list may be sorted by: the stored key that does it, and the words for both directions. A claim without a day or
# a rating counts as the lowest.
SORTS = {
    "noted": ("id", _("Noted, oldest first"), _("Noted, newest first")),
    "statement": ("statement_key", _("Statement, A to Z"), _("Statement, Z to A")),
    "who": ("claimant_key", _("Who said it, A to Z"), _("Who said it, Z to A")),
    "said_on": ("said_on_key", _("Said on, earliest first"), _("Said on, latest first")),
    "rating": ("rating_order", _("Rating, from the top of the scale"), _("Rating, from the end of the scale")),
    "status": ("status_order", _("Status, from noted on"), _("Status, from the end")),
    "priority": ("priority", _("Priority, lowest first"), _("Priority, highest first")),
}
NEWEST = "-noted"
SORT_CHOICES = [choice for name, (_key, up, down) in SORTS.items() for choice in ((name, up), (f"-{name}", down))]


# The parts of "My work": that page shows the first rows of each, and this filter finds all of them.
WORK = {
    "approval": (
        _("For me to approve or publish"),
        lambda claims, user: _each_with_any(claims.awaiting_review(), Check.objects.visible_to(user).queue_of(user)),
    ),
    "sent_back": (
        _("Sent back to me"),
        lambda claims, user: _each_with_any(claims.work_of(user), Check.objects.visible_to(user).sent_back_to(user)),
    ),
    "opinion": (
        _("Second opinions asked of me"),
        lambda claims, user: _each_with_any(claims.unfinished(), Check.objects.kept_from(user)),
    ),
    "mentioned": (_("Mentioned"), lambda claims, user: _with_any(claims, Notification.objects.mentions(user))),
    "due": (_("Due within a week"), lambda claims, user: claims.due_soon_of(user)),
    "unanswered": (
        _("Answers overdue"),
        lambda claims, user: _with_any(claims, RequestForComment.objects.visible_to(user).overdue_of(user)),
    ),
    "assigned": (_("Assigned to me"), lambda claims, user: claims.work_of(user)),
    "free": (_("Selected, and nobody’s yet"), lambda claims, user: claims.unassigned()),
    "recheck": (_("Due to be looked at again"), lambda claims, user: claims.due_again()),
    "changed": (
        _("Changed since I was last here"),
        lambda claims, user: having(claims, changes_for(user).values("claim_id")),
    ),
}


class TextFilter(django_filters.CharFilter):
    field_class = CleanFormField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, lines=False, max_length=500, **kwargs)


class DayFilter(django_filters.DateFilter):
    field_class = DayFormField


class PastDayFilter(django_filters.DateFilter):
    field_class = PastDayFormField


def named(queryset, typed, key):
    """Records of this name; where none has it, those in whose name it stands; `#12` is record 12 and nothing else."""
    if typed.startswith("#"):
        return queryset.filter(pk=whole(typed[1:]))
    wanted = sort_key(typed)
    if not wanted:
        return queryset.none()
    exact = queryset.filter(**{key: wanted})
    return exact if exact.exists() else queryset.filter(**{f"{key}__contains": wanted})


def claimants_named(typed):
    if typed.startswith("#"):
        return named(Claimant.objects.all(), typed, "name_key")
    exact = Claimant.objects.named(typed)
    return exact if sort_key(typed) and exact.exists() else Claimant.objects.with_words(typed)


def numbers_of(records):
    """Their primary keys, written out unless there are many: then a database knows how much belongs to each."""
    numbers = list(records.values_list("pk", flat=True)[: MOST_NUMBERS + 1])
    return numbers if len(numbers) <= MOST_NUMBERS else records.values("pk")


def _with_any(claims, rows):
    """The claims that one of these rows belongs to."""
    return _each_with_any(claims, rows) if are_many(rows) else having(claims, rows.values("claim"))


def _each_with_any(claims, rows):
    """The same, where the claims are few already."""
    return claims.filter(Exists(rows.order_by().filter(claim=OuterRef("pk"))))


def _seen_in(claims, sources):
    return _with_any(claims, Appearance.objects.filter(source__in=numbers_of(sources)))


class FilterForm(forms.Form):
    template_name = "forms/fields.html"
    use_required_attribute = False

    def clean(self):
        values = super().clean()
        since, until = values.get("said_from"), values.get("said_to")
        if since and until and until < since:
            self.add_error("said_to", _("This day lies before the first one."))
        refuse_unknown(self, KNOWN_NAMES)
        return values


class ClaimFilter(django_filters.FilterSet):
    text = TextFilter(method="as_it_is", label=_("Words"))
    claimant = TextFilter(method="by_claimant", label=_("Who said it"))
    publisher = TextFilter(method="by_publisher", label=_("Publisher"))
    source = TextFilter(method="by_source", label=_("Source"))
    topic = TextFilter(method="by_topic", label=_("Topic"))
    status = django_filters.MultipleChoiceFilter(
        method="by_status", choices=ClaimStatus, label=_("Status"), widget=forms.CheckboxSelectMultiple
    )
    kind = django_filters.ChoiceFilter(choices=Claim.Kind, label=_("Kind"), empty_label=_("Any"))
    rating = django_filters.ChoiceFilter(method="by_rating", label=_("Rating"), empty_label=_("Any"))
    assignee = django_filters.ChoiceFilter(method="by_assignee", label=_("Assignee"), empty_label=_("Anybody"))
    work = django_filters.ChoiceFilter(
        method="by_work",
        choices=[(name, label) for name, (label, _find) in WORK.items()],
        label=_("My work"),
        empty_label=_("Anybody’s"),
    )
    priority = django_filters.ChoiceFilter(choices=Claim.Priority, label=_("Priority"), empty_label=_("Any"))
    evidence = django_filters.ChoiceFilter(
        method="by_evidence",
        label=_("Evidence"),
        empty_label=_("With or without"),
        choices=[("with", _("With evidence")), ("without", _("Without evidence"))],
    )
    said_from = DayFilter(field_name="said_on_key", lookup_expr="gte", label=_("Said from"))
    said_to = DayFilter(method="by_last_day", label=_("Said until"))
    sort = django_filters.ChoiceFilter(
        method="as_it_is", label=_("Sort by"), choices=SORT_CHOICES, empty_label=_("Newest first")
    )
    # Which verdicts an export tells of.
    as_of = PastDayFilter(method="by_day_noted", label=_("As it stood on"))
    history = django_filters.ChoiceFilter(
        method="as_it_is",
        label=_("Which verdicts"),
        choices=[(CURRENT, _("In force")), (FULL, _("Replaced ones too"))],
        empty_label=None,
    )

    class Meta:
        model = Claim
        fields = []
        form = FilterForm

    def __init__(self, params, *, queryset, user):
        self.user = user
        super().__init__(params, queryset=queryset)
        self.filters["rating"].extra["choices"] = [
            *Rating.objects.order_by("order", "pk").values_list("slug", "label"),
            ("attribution", _("None: attribution alone")),
            ("retracted", _("None: retracted")),
            ("none", _("No verdict")),
        ]
        self.filters["assignee"].extra["choices"] = [
            ("me", _("Me")),
            ("nobody", _("Nobody")),
            *((person.username, str(person)) for person in User.objects.order_by("username")),
        ]
        for name in SUGGESTED:
            self.filters[name].extra["widget"] = forms.TextInput(attrs={"list": f"known-{name}"})

    def filter_queryset(self, claims):
        """The words last: how they are best asked for depends on what the answer is for."""
        self.without_words = super().filter_queryset(claims)
        return self._with_words(matching)

    def _with_words(self, find, *more):
        words = self.form.cleaned_data["text"]
        return find(self.without_words, words, *more) if words else self.without_words

    @property
    def found(self):
        """As found_page() wants it."""
        if not self.is_valid():
            return Found(*[self.queryset.none()] * 3)
        return Found(self.qs, self._with_words(some_matching, MOST_SORTED + 1), self._with_words(each_matching))

    def suggestions(self):
        """(id, names) to offer while somebody types: some of the names, since there may be a hundred thousand."""
        for name, model in SUGGESTED.items():
            known = model.objects.visible_to(self.user) if model is Publisher else model.objects.all()
            yield f"known-{name}", known.order_by("name_key", "pk").values_list("name", flat=True)[:MOST_SUGGESTED]

    def as_it_is(self, claims, name, value):
        return claims

    def by_claimant(self, claims, name, value):
        people = numbers_of(claimants_named(value))
        said = Appearance.objects.visible_to(self.user).filter(claimant__in=people)
        own = Claim.objects.filter(claimant__in=people)
        if are_many(said):
            return claims.filter(Q(claimant__in=people) | Exists(said.filter(claim=OuterRef("pk"))))
        # Joined by OR, neither database would use the index of either.
        return having(claims, own.values("pk").union(said.order_by().values("claim")))

    def by_publisher(self, claims, name, value):
        publishers = named(Publisher.objects.visible_to(self.user), value, "name_key")
        return _seen_in(claims, Source.objects.visible_to(self.user).filter(publisher__in=numbers_of(publishers)))

    def by_source(self, claims, name, value):
        return _seen_in(claims, named(Source.objects.visible_to(self.user), value, "title_key"))

    def by_topic(self, claims, name, value):
        topics = named(Topic.objects.all(), value, "name_key")
        return _with_any(claims, ClaimTopic.objects.filter(topic__in=numbers_of(topics)))

    def by_status(self, claims, name, value):
        return claims.in_status(*value)

    def by_rating(self, claims, name, value):
        if value == "none":
            return claims.without_verdict()
        if value == "retracted":
            return claims.retracted()
        return claims.judged_by_attribution_alone() if value == "attribution" else claims.rated(value)

    def by_assignee(self, claims, name, value):
        if value == "me":
            return claims.assigned_to(self.user)
        return claims.assigned_to(None if value == "nobody" else User.objects.get(username=value))

    def by_work(self, claims, name, value):
        return WORK[value][1](claims, self.user)

    def by_evidence(self, claims, name, value):
        return claims.with_evidence() if value == "with" else claims.without_evidence()

    def by_last_day(self, claims, name, value):
        return claims.filter(said_on_key__lte=value, said_on_key__gt=UNKNOWN_DAY)

    @property
    def narrowed(self):
        """Is a filter in use, or wrong, that the page keeps folded away?"""
        folded_away = self.filters.keys() - {"text", "claimant", "sort"} - OF_EXPORTS
        return any(self.data.get(name) or name in self.form.errors for name in folded_away)

    def by_day_noted(self, claims, name, value):
        return claims.noted_until(value)

    @property
    def which(self):
        """Which verdicts an export of this list tells of."""
        values = self.form.cleaned_data
        return Which(values.get("as_of"), values.get("history") == FULL)

    @property
    def dated(self):
        """Is it asked, rightly or wrongly, which verdicts an export tells of?"""
        return any(self.data.get(name) or name in self.form.errors for name in OF_EXPORTS)

    def carried(self):
        """(name, value) of all that a download takes over from the list, when a form asks for one."""
        names = [name for name in self.data if name not in OF_EXPORTS | BESIDE]
        return [(name, value) for name in names for value in self.data.getlist(name)]

    @property
    def order(self):
        """(stored key, descending) of the sort that was asked for."""
        wanted = self.form.cleaned_data.get("sort") or NEWEST
        return SORTS[wanted.removeprefix("-")][0], wanted.startswith("-")


# Every name that an address of the list or of an export may hold.
OF_EXPORTS = {"as_of", "history"}
KNOWN_NAMES = frozenset(ClaimFilter.base_filters) | BESIDE


def filtered_claims(params, user):
    """(claims, filterset): exactly what a list with this querystring shows to this user, in its order.

    Where a name or a value is wrong, `filterset.is_valid()` is false, the form says why, and no claim is found: an
    export of everything must never come from a mistyped filter."""
    claims = Claim.objects.visible_to(user)
    filterset = ClaimFilter(params, queryset=claims, user=user)
    if not filterset.is_valid():
        return claims.none(), filterset
    key, descending = filterset.order
    return in_order(filterset.qs, key, descending=descending), filterset
