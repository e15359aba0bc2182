"""What the desk has done: the page of statistics, its tables as CSV, and a period's report on two pages."""

from itertools import islice

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET

from claims.access import desk
from claims.exchange import tables
from claims.exchange.csv_export import SPREADSHEET, Stream, streamed
from claims.forms.statistics import StatisticsForm
from claims.models import Claim, SecondOpinion, Verdict, agreement
from claims.models import statistics as counting
from claims.models.periods import By, Period, split

MOST_BESIDE = 6
# A report is two printed pages, whatever was published.
MOST_REPORTED, MOST_ROWS = 8, 12


class Counted:
    """The tables of a valid form, as one person may see them; each is counted when it is asked for."""

    def __init__(self, form, user, scale, periods=None):
        self.form, self.user, self.scale = form, user, scale
        self.periods = periods or form.cleaned_data["periods"]
        self.published = form.scope.of_verdicts(Verdict.objects.visible_to(user))
        # What was retracted is no judgement, and not one on the attribution alone either.
        self.in_force = self.published.in_force(on=form.cleaned_data["as_of"]).judging()
        self.claims = form.scope.of_claims(Claim.objects.visible_to(user))

    @cached_property
    def ratings(self):
        return tables.ratings_table(self.scale, self.periods, counting.by_rating(self.in_force, self.periods))

    @cached_property
    def side_by_side(self):
        return self.beside_by(self.form.cleaned_data["beside"], self.periods, MOST_BESIDE)

    def beside_by(self, name, periods, most, columns=None):
        found = counting.side_by_side(self.in_force, self.form.scope, name, periods, most)
        return tables.beside_table(self.scale, name, periods, found, columns)

    @cached_property
    def turnarounds(self):
        return counting.turnaround(self.published, self.periods)

    @cached_property
    def turnaround(self):
        return tables.turnaround_table(self.periods, self.turnarounds[0])

    @cached_property
    def turnaround_of_all(self):
        return self.turnarounds[1]

    @cached_property
    def open(self):
        return tables.open_table(counting.open_by_age(self.claims, self.form.today))

    @cached_property
    def replaced(self):
        found = counting.replacements(self.published, self.periods)
        return tables.replacements_table(self.periods, found)

    @cached_property
    def opinions(self):
        given = SecondOpinion.objects.visible_to(self.user).given()
        return self.form.scope.of_opinions(given, Claim.objects.visible_to(self.user))

    @cached_property
    def agreement(self):
        return tables.agreement_table(self.periods, agreement.by_period(self.opinions, self.periods))

    @cached_property
    def agreement_by_topic(self):
        found = agreement.by_topic(self.opinions, self.periods, MOST_BESIDE, self.form.scope.topics)
        return tables.agreement_by_topic_table(self.periods, found)

    @cached_property
    def totals(self):
        return {
            "in_force": self.ratings.sum("verdicts"),
            "open": self.open.sum("claims"),
            "published": self.replaced.sum("published"),
            "replacing": self.replaced.sum("replacing"),
            "opinions": self.agreement.sum("opinions"),
        }


@desk()
@require_GET
def statistics(request):
    form = StatisticsForm(request.GET)
    context = {"form": form}
    if form.is_valid():
        context |= {"counted": Counted(form, request.user, tables.Scale()), "most": MOST_BESIDE}
    return render(request, "desk/statistics.html", context)


@desk("export")
@require_GET
def statistics_csv(request):
    """The table that `part` names, of exactly the numbers that the page shows."""
    form, part = StatisticsForm(request.GET), request.GET.get("part")
    if not form.is_valid() or part is None:
        return redirect(f"{reverse('statistics')}?{request.GET.urlencode()}")  # which says what is wrong
    table = getattr(Counted(form, request.user, tables.Scale()), part.replace("-", "_"))
    params = form.data.copy()
    flavour = params.pop("flavour", [SPREADSHEET])[-1]
    return streamed(Stream(tables.TableExport(table), table, flavour), by=request.user, wanted=dict(params.lists()))


@desk()
@require_GET
def statistics_report(request):
    form = StatisticsForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('statistics')}?{request.GET.urlencode()}")
    whole = form.whole
    counted = Counted(form, request.user, tables.Scale(short=True), _few_periods(form.cleaned_data))
    columns = tuple(counted.ratings.series)
    groups = [
        counted.beside_by(name, [whole], MOST_REPORTED, columns) for name in ("party", "claimant", "topic", "kind")
    ]
    context = {
        "form": form,
        "counted": counted,
        "whole": whole,
        "columns": columns,
        "groups": [group for group in groups if group.rows],
        "by_period": counted.ratings.with_columns(
            counted.turnaround, "median_hours", "ninetieth_percentile_hours"
        ).with_columns(counted.replaced, "replacing"),
        "summary": counting.summary(counted.in_force, counted.claims, whole),
        "most": MOST_REPORTED,
    }
    return render(request, "desk/statistics_report.html", context)


def _few_periods(values):
    """The periods that were asked for, in larger steps or as one where a page has no room for so many."""
    steps = list(By)
    for by in steps[steps.index(values["by"]) :]:
        periods = list(islice(split(values["since"], values["until"], by), MOST_ROWS + 1))
        if len(periods) <= MOST_ROWS:
            return periods
    return [Period(values["since"], values["until"])]
