"""What was in force on a day: in every export, in the statistics, and on the claim's history."""

import csv
from datetime import date
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.exchange.csv_export import EXPORTS, RAW, Stream, Which
from claims.models import Act, Claim
from claims.models.publishing import publish
from claims.models.superseding import reopen
from tests import factories


def replace(verdict, checker, editor, chief, kind, **values):
    check = reopen(verdict.claim, by=chief, reason="Test: a reader counted again", assignee=checker)
    check.edit(by=checker, replacement_kind=kind, replacement_note=f"Test: a {kind}.", **values)
    return publish(check.submit(by=checker).approve(by=editor), by=editor)


@pytest.fixture
def life(published, clock, checker, editor, chief):
    """A claim judged on 1 March, corrected on 5 March at half past eleven at night, retracted on the 9th; and another,
    noted and judged on 7 March. It is 20 March."""
    first = published("2026-03-01 10:00", rating="true", statement="41 lamps were relit")
    clock.at("2026-03-05 23:30")
    second = replace(first, checker, editor, chief, "correction", summary="Test: 40 lamps were counted.")
    other = published("2026-03-07 10:00", rating="false")
    clock.at("2026-03-09 10:00")
    replace(second, checker, editor, chief, "retraction", rating=None, summary="Test: nothing any more.", evidence=[])
    clock.at("2026-03-20 12:00")
    return first.claim_id, other.claim_id


@pytest.fixture
def desk(client, chief):
    client.force_login(chief)
    return client


def read(data):
    return list(csv.DictReader(TextIOWrapper(BytesIO(data), "utf-8-sig", newline="")))


def rows(name, **which):
    return read(b"".join(Stream(EXPORTS[name], Claim.objects.all(), RAW, Which(**which))))


def told(found):
    return [(int(row["claim_id"]), row["verdict_number"], row["rating"]) for row in found]


def test_the_verdicts_in_force_are_those_of_now_or_of_the_end_of_a_day_at_the_desk(life):
    claim, other = life
    assert told(rows("verdicts")) == [(other, "1", "False"), (claim, "3", "")]
    assert told(rows("verdicts", as_of=date(2026, 2, 28))) == []
    assert told(rows("verdicts", as_of=date(2026, 3, 4))) == [(claim, "1", "True")]
    assert told(rows("verdicts", as_of=date(2026, 3, 5))) == [(claim, "2", "True")]
    assert told(rows("verdicts", as_of=date(2026, 3, 8))) == [(claim, "2", "True"), (other, "1", "False")]


def test_the_day_is_the_desk_s_own(life, settings):
    settings.TIME_ZONE = "Asia/Tokyo"  # where it was 6 March already
    assert told(rows("verdicts", as_of=date(2026, 3, 5))) == [(life[0], "1", "True")]


def test_the_full_history_is_every_verdict_with_what_it_replaced_and_why(life):
    claim, other = life
    found = rows("verdicts", full=True)
    assert told(found) == [(claim, "1", "True"), (claim, "2", "True"), (other, "1", "False"), (claim, "3", "")]
    assert [(row["supersedes"], row["replacement_kind"], row["replacement_note"]) for row in found] == [
        ("", "", ""), ("1", "correction", "Test: a correction."), ("", "", ""),
        ("2", "retraction", "Test: a retraction."),
    ]  # fmt: skip
    assert told(rows("verdicts", full=True, as_of=date(2026, 3, 5))) == told(found[:2])


def test_the_evidence_is_that_of_the_same_verdicts(life):
    claim, other = life
    assert told(rows("verdict-evidence", as_of=date(2026, 3, 5))) == [(claim, "2", "True")]
    full = told(rows("verdict-evidence", full=True))
    assert full == [(claim, "1", "True"), (claim, "2", "True"), (other, "1", "False")]


def test_claims_say_what_was_in_force_then(desk, life):
    def taken(**asked):
        return read(desk.get(reverse("claims_csv"), {"flavour": "raw", **asked}).getvalue())

    claim, other = life
    assert told(taken()) == [(claim, "3", ""), (other, "1", "False")]
    [then] = taken(as_of="2026-03-04")
    assert told([then]) == [(claim, "1", "True")]
    assert (then["rating_value"], then["published_at"]) == ("5", "2026-03-01T10:00:00Z")
    assert taken(as_of="2026-02-28") == []
    factories.claim()
    [*_judged, noted] = taken(as_of="2026-03-20")
    assert (noted["verdict_number"], noted["rating"], noted["attribution"]) == ("", "", "")


def test_an_earlier_day_costs_as_many_queries_for_many_rows_as_for_one(published):
    def counts():
        for name in EXPORTS:
            for which in ({"as_of": date(2026, 12, 31)}, {"full": True}):
                with CaptureQueriesContext(connection) as captured:
                    rows(name, **which)
                yield len([each for each in captured.captured_queries if "SELECT" in each["sql"]])

    published("2026-03-01 10:00")
    one = list(counts())
    for _ in range(4):
        published("2026-03-01 10:00")
    assert one == list(counts()) == [2, 2, 6, 5, 2, 2]


# ---- The pages


def test_the_list_offers_both_beside_its_links_under_its_own_filter(desk, life):
    page = desk.get(reverse("claims"), {"text": "lamps", "status": ["published", "noted"], "after": "x"}).text
    form = page[page.index('class="dated"') :].partition("</form>")[0]
    assert '<input type="hidden" name="text" value="lamps">' in form
    assert form.count('type="hidden" name="status"') == 2 and 'name="after"' not in form
    assert 'name="as_of"' in form and 'name="history"' in form
    taken = desk.get(reverse("verdicts_csv"), {"text": "41 lamps", "as_of": "2026-03-02", "history": "current"})
    assert told(read(taken.getvalue())) == [(life[0], "1", "True")]
    values = Act.objects.latest("position").changes.get().values
    assert values["filter"][1] == {"text": ["41 lamps"], "as_of": ["2026-03-02"], "history": ["current"]}
    everything = desk.get(reverse("verdicts_csv"), {"history": "full"})
    assert len(read(everything.getvalue())) == 4


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("as_of", "5.3.2026", "Write the day as year-month-day"),
        ("as_of", "2126-03-21", "This day has not come yet."),
        ("history", "ful", "Select a valid choice"),
    ],
)
def test_a_wrong_value_exports_nothing_and_leads_to_the_list_which_says_so(desk, name, value, said):
    for export in ("verdicts_csv", "claims_csv", "verdict_evidence_csv"):
        answer = desk.get(reverse(export), {name: value})
        assert answer.url == f"{reverse('claims')}?{name}={value}"
    page = desk.get(answer.url).text
    assert said in page[page.index('class="dated" open') :]
    assert "Mend the filter first" in page
    assert not Act.objects.filter(verb="export").exists()


def test_statistics_count_what_was_in_force_on_a_day(desk, life):
    asked = {"since": "2026-03-01", "until": "2026-03-31", "part": "ratings", "flavour": "raw"}

    def taken(**more):
        [row] = csv.DictReader(StringIO(desk.get(reverse("statistics_csv"), asked | more).getvalue().decode()))
        return row["true"], row["false"]

    assert (taken(), taken(as_of="2026-03-04"), taken(as_of="2026-03-08")) == (("0", "1"), ("1", "0"), ("1", "1"))
    assert "In force means in force on 4 March 2026." in desk.get(reverse("statistics"), {"as_of": "2026-03-04"}).text
    wrong = desk.get(reverse("statistics_csv"), asked | {"as_of": "2026-04-01"})
    assert "This day has not come yet." in desk.get(wrong.url).text


def test_a_retraction_counts_as_replacing_and_as_no_judgement(desk, life):
    def taken(part):
        asked = {"since": "2026-03-01", "until": "2026-03-31", "by": "month", "part": part, "flavour": "raw"}
        [row] = csv.DictReader(StringIO(desk.get(reverse("statistics_csv"), asked).getvalue().decode()))
        return row

    ratings, replaced = taken("ratings"), taken("replaced")
    assert (ratings["verdicts"], "attribution" in ratings) == ("1", False)
    assert (replaced["published"], replaced["replacing"]) == ("4", "2")


def test_the_history_of_a_claim_says_which_verdict_was_in_force_on_a_day(desk, life):
    def asked(day):
        page = desk.get(reverse("claim_history", args=[life[0]]), {"on": day}).text
        return " ".join(page[page.index("in-force-on") : page.index('<ol class="history"')].split())

    first, second, none = asked("2026-03-04"), asked("2026-03-05"), asked("2026-02-28")
    assert "Verdict 1" in first and "was in force on 4 March 2026." in first and "41" not in second
    assert "by verdict 2" in first and "Correction: we erred" in first
    assert "Verdict 2" in second and "Test: 40 lamps were counted." in second
    assert "No verdict on this claim was in force on 28 February 2026." in none
    assert "in force still" in asked("2026-03-09")
    assert "This day has not come yet." in asked("2026-03-21")
    assert "Write the day as year-month-day" in asked("9/3/26")


# ---- The command


def test_the_command_takes_both(life, tmp_path):
    path = tmp_path / "verdicts.csv"
    call_command("export_csv", "verdicts", "--raw", "--history=full", "--as-of=2026-03-05", "--output", str(path))
    assert told(read(path.read_bytes())) == [(life[0], "1", "True"), (life[0], "2", "True")]
    values = Act.objects.latest("position").changes.get().values
    assert values["filter"][1] == {"as_of": ["2026-03-05"], "history": ["full"]}
    with pytest.raises(CommandError, match="This day has not come yet"):
        call_command("export_csv", "verdicts", "--as-of=2026-03-21")
    with pytest.raises(CommandError, match="Write the day as year-month-day"):
        call_command("export_csv", "verdicts", "--as-of=yesterday")
