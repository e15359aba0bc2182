"""What the statistics count: from when until when, in which steps, side by side by what, and of whom."""

from itertools import islice
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from claims.exchange.csv_export import FLAVOURS
from claims.exchange.tables import ATTRIBUTION, PARTS, dimension_names
from claims.filters import claimants_named, named, numbers_of
from claims.models import Claim, Claimant, ClaimantRole, Rating, Topic
from claims.models.fields import CleanFormField, DayFormField, PastDayFormField
from claims.models.periods import A_DAY, By, Period, first_day, next_first, split, today
from claims.models.statistics import Scope
from claims.text import sort_key

MOST_PERIODS = 60
MOST_SUGGESTED = 200
BETWEEN_NAMES = ";"
SUGGESTED = {"claimant": Claimant, "topic": Topic}


class NamesField(CleanFormField):
    """Names parted by semicolons; each is the whole name or a part of it."""

    def __init__(self, **kwargs):
        help_text = _("Several names: put ; between them.")
        super().__init__(lines=False, required=False, max_length=500, help_text=help_text, **kwargs)

    def to_python(self, value):
        return [name.strip() for name in super().to_python(value).split(BETWEEN_NAMES) if name.strip()]

    def run_validators(self, value):
        super().run_validators(BETWEEN_NAMES.join(value))


def presets(day):
    """(words, first day, last day) of the periods that a desk asks for most, seen from this day."""
    yield gettext("This month"), first_day(day, By.MONTH), day
    yield gettext("This quarter"), first_day(day, By.QUARTER), day
    yield gettext("This year"), first_day(day, By.YEAR), day
    yield gettext("Last year"), next_first(day, By.YEAR, -1), first_day(day, By.YEAR) - A_DAY
    yield gettext("Last 12 months"), next_first(day, By.MONTH, -11), day


class StatisticsForm(forms.Form):
    """Always bound: what the address leaves out is the last 12 months by month, side by side by who said it."""

    template_name = "forms/fields.html"
    use_required_attribute = False

    since = DayFormField(label=_("From"))
    until = DayFormField(label=_("Until"))
    by = forms.ChoiceField(label=_("In steps of a"), choices=By)
    beside = forms.ChoiceField(label=_("Side by side"), choices=lambda: list(dimension_names().items()))
    claimant = NamesField(label=_("Who said it"))
    party = NamesField(label=_("Party"))
    topic = NamesField(label=_("Topic"))
    kind = forms.MultipleChoiceField(
        label=_("Kind"), choices=Claim.Kind, required=False, widget=forms.CheckboxSelectMultiple
    )
    rating = forms.MultipleChoiceField(label=_("Rating"), required=False, widget=forms.CheckboxSelectMultiple)
    as_of = PastDayFormField(
        label=_("Verdicts in force on"), required=False, help_text=_("At the end of that day. Empty means now.")
    )

    def __init__(self, params):
        self.today = today()
        super().__init__(self._filled(params))
        self.fields["rating"].choices = [
            *Rating.objects.order_by("order", "pk").values_list("slug", "label"),
            (ATTRIBUTION, _("None: attribution alone")),
        ]
        for name in SUGGESTED.keys() | {"party"}:
            self.fields[name].widget.attrs["list"] = f"known-{name}"

    def _filled(self, params):
        params = params.copy()
        usual = {
            "since": next_first(self.today, By.MONTH, -11).isoformat(),
            "until": self.today.isoformat(),
            "by": By.MONTH.value,
            "beside": "claimant",
        }
        for name, value in usual.items():
            if not params.get(name):
                params[name] = value
        return params

    def clean_claimant(self):
        return self._found("claimant", claimants_named, Claimant)

    def clean_topic(self):
        return self._found("topic", lambda name: named(Topic.objects.all(), name, "name_key"), Topic)

    def _found(self, field, find, model):
        """The numbers of the records of these names, or None where none was named."""
        names = self.cleaned_data[field]
        found = model.objects.none()
        for name in names:
            records = find(name)
            if not records.exists():
                self._unknown(name)
            found = found | model.objects.filter(pk__in=records.values("pk"))
        return numbers_of(found) if names else None

    def clean_party(self):
        wanted = self.cleaned_data["party"]
        known = parties() if wanted else []
        found = []
        for name in wanted:
            key = sort_key(name)
            same = [each for each in known if sort_key(each) == key]
            found += same or [each for each in known if key and key in sort_key(each)] or self._unknown(name)
        return found if wanted else None

    def _unknown(self, name):
        raise ValidationError(_("Nothing on record is called “%(name)s”."), code="unknown", params={"name": name})

    def clean(self):
        values = super().clean()
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day lies before the first one."))
        elif since and until and "by" in values:
            values["periods"] = list(islice(split(since, until, values["by"]), MOST_PERIODS + 1))
            if len(values["periods"]) > MOST_PERIODS:
                said = _("That would be more than %(most)d columns. Choose larger steps or fewer days.")
                self.add_error("by", ValidationError(said, params={"most": MOST_PERIODS}))
        for name in sorted(set(self.data) - KNOWN_NAMES):
            said = _("“%(name)s” is no filter of this page. Check how it is spelt, or take it out of the address.")
            self.add_error(None, ValidationError(said, code="unknown", params={"name": name[:60]}))
        self._one_of("flavour", FLAVOURS, _("The flavour of an export is one of: %(known)s."))
        self._one_of("part", PARTS, _("The part of an export is one of: %(known)s."))
        return values

    def _one_of(self, name, known, said):
        if self.data.get(name, known[0]) not in known:
            self.add_error(None, ValidationError(said, code=name, params={"known": ", ".join(known)}))

    @property
    def scope(self):
        values = self.cleaned_data
        slugs = ["" if slug == ATTRIBUTION else slug for slug in values["rating"]]
        return Scope(values["claimant"], values["party"], values["topic"], values["kind"] or None, slugs or None)

    @property
    def whole(self):
        """The days of all periods as one."""
        return Period(self.cleaned_data["since"], self.cleaned_data["until"])

    @property
    def narrowed(self):
        """Is a filter in use, or wrong, that the page keeps folded away?"""
        folded_away = ("claimant", "party", "topic", "kind", "rating", "as_of")
        return any(self.data.get(name) or name in self.errors for name in folded_away)

    def narrowed_by(self):
        """(label, words) of each filter in use."""
        if day := self.cleaned_data["as_of"]:
            yield self.fields["as_of"].label, date_format(day)
        for name in ("claimant", "party", "topic"):
            if self.data.get(name, "").strip():
                yield self.fields[name].label, self.data[name]
        for name in ("kind", "rating"):
            if chosen := self.cleaned_data[name]:
                labels = dict(self.fields[name].choices)
                yield self.fields[name].label, "; ".join(str(labels[value]) for value in chosen)

    def address(self, **changed):
        """The querystring of exactly these numbers: its days stand in it, whatever day it is when somebody follows."""
        names = [name for name in self.fields if name not in changed]
        pairs = [(name, value) for name in names for value in self.data.getlist(name) if value]
        return urlencode([*pairs, *changed.items()])

    def presets(self):
        """(words, querystring, whether it is the present one)."""
        shown = self.data["since"], self.data["until"]
        for words, first, last in presets(self.today):
            days = first.isoformat(), last.isoformat()
            yield words, self.address(since=days[0], until=days[1]), days == shown

    def suggestions(self):
        """(id, names) to offer while somebody types: some of the names, since there may be a hundred thousand."""
        for name, model in SUGGESTED.items():
            known = model.objects.order_by("name_key", "pk").values_list("name", flat=True)
            yield f"known-{name}", known[:MOST_SUGGESTED]
        yield "known-party", parties()[:MOST_SUGGESTED]


def parties():
    """Every party on record, in order."""
    names = ClaimantRole.objects.exclude(party="").order_by().values_list("party", flat=True).distinct()
    return sorted(names, key=lambda name: (sort_key(name), name))


KNOWN_NAMES = frozenset(StatisticsForm.base_fields) | {"part", "flavour"}
