"""The page of statistics, its CSV, and the report: one source of numbers for drawing, table and file."""

import csv
import re
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.models import Act, Change, Rating, Topic
from claims.models.claimants import add_claimant
from claims.templatetags.charts import TEXTURES, hours, steps
from tests import factories

PAGE = "/desk/statistics/"
REPORT = "/desk/statistics/report/"
CSV = "/desk/statistics.csv"
YEAR = "since=2026-01-01&until=2026-12-31&by=quarter"


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


@pytest.fixture
def year(clock, published):
    """Three verdicts of 2026 and one of 2025, seen on 23 November 2026 at the desk."""
    ada = add_claimant(
        by=None, name="=Ada <b>Testmann</b>",
        roles=[{"role": "Keeper", "since": None, "until": None, "party": "Oil Party"}],
    )  # fmt: skip
    published("2025-12-31 23:59", said_by=ada)
    published("2026-02-01 12:00", said_by=ada, topics=["Lamps"], kind="figure")
    published("2026-05-01 12:00", said_by=ada, topics=["Lamps", "Oil"], rating="false")
    published("2026-05-02 12:00", said_by=factories.claimant("Ben Testmann"), rating="half-true")
    clock.at("2026-11-23 12:00")
    return ada


def rows(response):
    """The rows of a CSV, each a dict without its noughts."""
    text = b"".join(response.streaming_content).decode()
    return [{name: cell for name, cell in row.items() if cell != "0"} for row in csv.DictReader(StringIO(text))]


def taken(client, part, query=YEAR):
    return rows(client.get(f"{CSV}?{query}&part={part}&flavour=raw"))


def drawn(content, section):
    """The tooltips of the pieces drawn in a section."""
    found = re.search(rf'aria-labelledby="{section}">(.*?)</section>', content, re.S).group(1)
    return re.findall(r"<rect class=\"piece\"[^>]*><title>([^<]*)</title>", found)


def test_drawing_table_and_csv_show_the_same_numbers(desk, year):
    content = desk.get(f"{PAGE}?{YEAR}").content.decode()
    assert drawn(content, "ratings") == ["Q1 2026, True: 1", "Q2 2026, Half true: 1", "Q2 2026, False: 1"]
    table = desk.get(f"{PAGE}?{YEAR}").context["counted"].ratings
    shown = {(row[0][1].label, column.name): cell for row in table.cells for column, cell in row[1:-1] if cell}
    assert shown == {("Q1 2026", "true"): 1, ("Q2 2026", "half-true"): 1, ("Q2 2026", "false"): 1}
    assert taken(desk, "ratings") == [
        {"period": "2026-Q1", "from": "2026-01-01", "until": "2026-03-31", "true": "1", "verdicts": "1"},
        {"period": "2026-Q2", "from": "2026-04-01", "until": "2026-06-30", "half-true": "1", "false": "1",
         "verdicts": "2"},
        {"period": "2026-Q3", "from": "2026-07-01", "until": "2026-09-30"},
        {"period": "2026-Q4", "from": "2026-10-01", "until": "2026-12-31"},
    ]  # fmt: skip


def test_each_part_is_a_file(desk, year, clock):
    factories.selected()
    clock.at("2026-12-03 12:00")
    assert [(row["claimant"], row["period"], row.get("verdicts")) for row in taken(desk, "side-by-side")][:4] == [
        ("=Ada <b>Testmann</b>", "2026-Q1", "1"), ("=Ada <b>Testmann</b>", "2026-Q2", "1"),
        ("=Ada <b>Testmann</b>", "2026-Q3", None), ("=Ada <b>Testmann</b>", "2026-Q4", None),
    ]  # fmt: skip
    assert taken(desk, "turnaround", "since=2026-04-01&until=2026-09-30&by=quarter") == [
        {"period": "2026-Q2", "from": "2026-04-01", "until": "2026-06-30", "first_verdicts": "2"},
        {"period": "2026-Q3", "from": "2026-07-01", "until": "2026-09-30", "median_hours": "",
         "ninetieth_percentile_hours": ""},
    ]  # fmt: skip
    assert taken(desk, "open") == [
        {}, {"days_at_least": "7", "selected": "1", "claims": "1"}, {"days_at_least": "28"}, {"days_at_least": "91"},
        {"days_at_least": "365"},
    ]  # fmt: skip
    assert [(row["period"], row.get("first"), row.get("replacing")) for row in taken(desk, "replaced")] == [
        ("2026-Q1", "1", None), ("2026-Q2", "2", None), ("2026-Q3", None, None), ("2026-Q4", None, None),
    ]  # fmt: skip


def test_a_spreadsheet_runs_no_name_as_a_formula_and_the_export_is_logged(desk, year, checker):
    response = desk.get(f"{CSV}?{YEAR}&part=side-by-side&beside=claimant")
    data = b"".join(response.streaming_content)
    assert data.startswith("\ufeffclaimant,period,from,until,true,".encode())
    assert data.splitlines()[1].startswith(b'"\'=Ada <b>Testmann</b>","2026-Q1",2026-01-01,2026-03-31,1,0,')
    assert response["Content-Disposition"] == 'attachment; filename="statistics-side-by-side-2026-11-23.csv"'
    act = Act.objects.latest("position")
    values = {name: new for name, (_old, new) in Change.objects.get(act=act).values.items()}
    assert (act.verb, act.actor) == ("export", checker)
    assert (values["what"], values["rows"], values["ended"]) == ("statistics-side-by-side.csv", "8", "whole")
    assert values["filter"]["beside"] == ["claimant"]


def test_kinds_and_ratings_leave_as_stored_words_and_are_shown_in_people_s(desk, year):
    assert {row["kind"] for row in taken(desk, "side-by-side", YEAR + "&beside=kind")} == {"event", "figure"}
    assert {row["rating"] for row in taken(desk, "side-by-side", YEAR + "&beside=rating")} == {
        "true", "false", "half-true",
    }  # fmt: skip
    content = desk.get(f"{PAGE}?{YEAR}&beside=rating").content.decode()
    assert re.findall(r"<h3 dir=\"auto\">([^<]*) <", content) == ["True", "False", "Half true"]


def test_what_a_person_typed_stays_text_in_a_drawing(desk, year):
    content = desk.get(f"{PAGE}?{YEAR}").content.decode()
    assert "<b>Testmann" not in content
    assert "<title>=Ada &lt;b&gt;Testmann&lt;/b&gt;</title>" in content


def test_without_an_address_it_is_the_last_twelve_months_until_today(desk, year):
    response = desk.get(PAGE)
    periods = response.context["form"].cleaned_data["periods"]
    assert (len(periods), periods[0].name, periods[-1].label) == (12, "2025-12", "1 Nov – 23 Nov 2026")
    assert list(response.context["form"].presets()) == [
        ("This month", "by=month&beside=claimant&since=2026-11-01&until=2026-11-23", False),
        ("This quarter", "by=month&beside=claimant&since=2026-10-01&until=2026-11-23", False),
        ("This year", "by=month&beside=claimant&since=2026-01-01&until=2026-11-23", False),
        ("Last year", "by=month&beside=claimant&since=2025-01-01&until=2025-12-31", False),
        ("Last 12 months", "by=month&beside=claimant&since=2025-12-01&until=2026-11-23", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "verdicts"),
    [
        ("claimant=ben testmann", 1), ("claimant=ben testmann;ada", 3), ("party=oil", 2), ("topic=lamps", 2),
        ("topic=Oil;Lamps", 2), ("kind=figure", 1), ("kind=figure&kind=event", 3), ("rating=false&rating=true", 2),
        ("rating=attribution", 0), ("party=oil&rating=false&topic=oil", 1),
    ],
)  # fmt: skip
def test_a_filter_narrows_the_numbers_on_the_page_and_in_the_file(desk, year, query, verdicts):
    assert desk.get(f"{PAGE}?{YEAR}&{query}").context["counted"].totals["in_force"] == verdicts
    assert sum(int(row.get("verdicts", 0)) for row in taken(desk, "ratings", f"{YEAR}&{query}")) == verdicts


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("since=yesterday", "since", "Write the day as year-month-day, for example 2025-12-03."),
        ("since=2026-02-02&until=2026-02-01", "until", "This day lies before the first one."),
        ("until=9999-12-31", "until", "The year 9999 cannot be right. Write the day as year-month-day, for example "
         "2025-12-03."),
        ("since=2000-01-01", "by", "That would be more than 60 columns. Choose larger steps or fewer days."),
        ("claimant=Nobody", "claimant", "Nothing on record is called “Nobody”."),
        ("topic=lamps;tides", "topic", "Nothing on record is called “tides”."),
        ("party=Gas", "party", "Nothing on record is called “Gas”."),
        ("by=week", "by", "Select a valid choice. week is not one of the available choices."),
        ("rating=wrong", "rating", "Select a valid choice. wrong is not one of the available choices."),
        ("claimants=ada", "__all__", "“claimants” is no filter of this page. Check how it is spelt, or take it out of "
         "the address."),
        ("part=everything", "__all__", "The part of an export is one of: ratings, side-by-side, turnaround, open, "
         "replaced, agreement, agreement-by-topic."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_at_its_field_and_nothing_is_counted(desk, year, query, field, said):
    response = desk.get(f"{PAGE}?{query}")
    assert {name: list(errors) for name, errors in response.context["form"].errors.items()} == {field: [said]}
    assert "counted" not in response.context
    for address in (CSV, REPORT):
        other = desk.get(f"{address}?{query}")
        assert (other.status_code, other.url) == (302, f"{PAGE}?{other.url.partition('?')[2]}")
    assert not Act.objects.filter(verb="export").exists()


def test_an_export_of_no_part_leads_to_the_page(desk):
    assert desk.get(CSV).url == f"{PAGE}?"


def test_a_desk_without_a_verdict_is_told_what_to_do(desk):
    content = desk.get(PAGE).content.decode()
    assert "No verdict of this period is in force." in content
    assert "Nothing is open." in content
    assert "None of them replaced an earlier one." in content
    assert desk.get(REPORT).status_code == 200


def test_who_may_read_sees_the_numbers_and_who_may_export_takes_them(client, db):
    client.force_login(factories.person("nora", "auditor"))
    assert client.get(PAGE).status_code == 200
    assert client.get(REPORT).status_code == 200
    assert "statistics.csv" in client.get(PAGE).content.decode()
    client.force_login(factories.person("ada", "administrator"))
    assert client.get(PAGE).status_code == 403


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", [f"{PAGE}?{YEAR}", f"{PAGE}?{YEAR}&beside=topic", f"{REPORT}?{YEAR}"])
def test_many_verdicts_cost_the_queries_of_one(desk, published, address):
    published("2026-02-01 12:00", topics=["Lamps"])
    one = queries(desk, address)
    for number in range(8):
        said_by = factories.claimant(f"Member {number} of the Test Assembly")
        published(f"2026-0{number + 1}-03 12:00", said_by=said_by, topics=[f"Topic {number}"], rating="false")
        factories.selected(said_by=said_by)
    assert queries(desk, address) == one
    assert Topic.objects.count() == 9


def test_the_report_says_whom_and_what_in_groups_of_eight(desk, year):
    context = desk.get(f"{REPORT}?{YEAR}").context
    groups = {group.columns[0].name: [(row[0], row[-1]) for row in group.rows] for group in context["groups"]}
    assert groups == {
        "party": [("Oil Party", 2)],
        "claimant": [("=Ada <b>Testmann</b>", 2), ("Ben Testmann", 1)],
        "topic": [("Lamps", 2), ("Oil", 1)],
        "kind": [("event", 2), ("figure", 1)],
    }
    assert [column.name for column in context["by_period"].columns] == [
        "period", "true", "half-true", "false", "verdicts", "median_hours", "ninetieth_percentile_hours", "replacing",
    ]  # fmt: skip
    assert context["summary"]["verdicts"] == 3


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("since=2026-01-01&until=2026-12-31&by=month", 12), ("since=2025-12-31&until=2026-12-31&by=month", 5),
        ("since=2023-12-31&until=2026-12-31&by=month", 4), ("since=1990-01-01&until=2026-12-31&by=year", 1),
    ],
)  # fmt: skip
def test_the_report_takes_larger_steps_where_a_page_has_no_room(desk, year, query, shown):
    assert len(desk.get(f"{REPORT}?{query}").context["by_period"].rows) == shown


# The drawings


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (0, [0, 1]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (5, [0, 2, 4, 6]), (37, [0, 10, 20, 30, 40]),
        (40, [0, 10, 20, 30, 40]), (41, [0, 20, 40, 60]), (1_000_000, [0, 500_000, 1_000_000]),
    ],
)  # fmt: skip
def test_the_scale_of_a_drawing_has_round_numbers(most, marks):
    assert steps(most) == marks


@pytest.mark.parametrize(("whole", "words"), [(None, ""), (0, "under 1 h"), (47, "47 h"), (48, "2 d"), (77, "3 d 5 h")])
def test_hours_are_said_in_days_from_two_days_on(whole, words):
    assert hours(whole) == words


@pytest.mark.django_db
def test_every_rating_has_a_texture_of_its_own():
    assert len(set(TEXTURES)) == len(TEXTURES) > Rating.objects.count()


def test_the_page_is_named_in_the_navigation(desk):
    content = desk.get(PAGE).content.decode()
    assert re.findall(r'<a href="([^"]*)"[^>]* aria-current="page">Statistics</a>', content) == [reverse("statistics")]
