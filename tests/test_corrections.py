"""The public lists of corrections and updates: what stands in them, their filter, and the same as CSV and as Atom."""

import csv
import io
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from claims.models import Act, Change, LogHead, Verdict
from claims.models.claimants import add_claimant
from claims.models.editing import edit_claimant
from claims.models.replies import record_answer
from tests import factories

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def replace(checker, editor, chief):
    """replace("correction", on=verdict, summary=…): the verdict that took the place of another."""

    def make(kind, on=None, note=None, **values):
        first = on or factories.verdict(checker, editor, summary="Test: 41 lamps were counted.")
        note = note or f"Test: a {kind}."
        return factories.replaced(first, checker, editor, chief, kind=kind, note=note, **values)

    return make


@pytest.fixture
def one_of_each(replace):
    kinds = ("correction", "clarification", "retraction", "update", "editorial")
    return {kind: replace(kind, summary=f"Test: 40 lamps, after a {kind}.") for kind in kinds}


def page(client, address="/corrections/", **params):
    answer = client.get(address, params)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client, address="/corrections/", **params):
    return [row.verdict for row in client.get(address, params).context["rows"]]


def table(client, address="/corrections.csv", **params):
    answer = client.get(address, {"flavour": "raw", **params})
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode(), newline="")))


def test_corrections_updates_and_slips_of_the_pen_go_three_ways(client, one_of_each):
    wanted = [one_of_each[kind] for kind in ("retraction", "clarification", "correction")]
    assert listed(client) == wanted
    assert listed(client, "/updates/") == [one_of_each["update"]]
    slip = one_of_each["editorial"]
    assert "Test: a editorial." in page(client, f"/claims/{slip.claim_id}/")


def test_old_and_new_stand_side_by_side_with_the_words_marked(client, replace):
    verdict = replace("correction", summary="Test: 40 lamps were counted.", explanation="We <b>erred</b>.")
    text = page(client)
    assert "Correction: we erred" in text and "Test: a correction." in text
    assert 'Test: <del><span class="unseen">[removed: </span>41<span' in text
    assert 'Test: <ins><span class="unseen">[added: </span>40<span' in text
    assert "We &lt;b&gt;erred&lt;/b&gt;." in text
    for address in (f"/claims/{verdict.claim_id}/", verdict.own_url, verdict.supersedes.own_url):
        assert f'href="{address}"' in text


def test_what_did_not_change_is_not_told(client, replace):
    replace("correction", summary="Test: 40 lamps were counted.")
    [row] = client.get("/corrections/").context["rows"]
    assert [change.label for change in row.changes] == ["In short"]


def test_evidence_that_came_or_went_is_told_and_what_is_protected_is_not(client, replace, checker, editor):
    first = factories.verdict(checker, editor)
    secret = factories.source(title="Secret ledger", protected=True)
    more = [*first.check_file.evidence.all(), factories.evidence(first.claim, excerpt="Test data: 40")]
    more.append(factories.evidence(first.claim, source=secret, excerpt="The secret words", origin="A secret person"))
    replace("correction", on=first, evidence=more)
    [row] = client.get("/corrections/").context["rows"]
    [change] = row.changes
    assert (change.label, len(change.old.splitlines()), len(change.new.splitlines())) == ("Evidence", 0, 2)
    assert "Test data: 40" in change.new
    assert "ecret" not in page(client)


def test_an_answer_that_came_since_is_told(client, replace, checker, editor):
    claim = factories.selected()
    asked = factories.request(claim, asked_on=date(2026, 3, 1), way="letter")
    first = factories.verdict(checker, editor, on=claim)
    record_answer(asked, by=checker, answer="Test: 100 % of them.", answered_on=date(2026, 3, 9), quotable=True)
    replace("update", on=first)
    [row] = client.get("/updates/").context["rows"]
    start = "• Mirabel Testwell was asked for comment by letter on 1 March 2026."
    assert [(each.label, each.old, each.new) for each in row.changes] == [
        (
            "Right of reply",
            f"{start} No answer had come when this was published.",
            f"{start} The answer of 9 March 2026: “Test: 100 % of them.”",
        )
    ]


@pytest.mark.parametrize("address", ["/corrections/", "/corrections.csv"])
def test_the_filter_lives_in_the_address(client, published, clock, replace, address):
    def found(**params):
        if address.endswith("csv"):
            return [int(row["claim_id"]) for row in table(client, address, **params)]
        return [verdict.claim_id for verdict in listed(client, address, **params)]

    other = factories.claimant("Corvane Testmoss")
    first, second = published("2026-03-01 10:00"), published("2026-03-01 11:00", said_by=other)
    clock.at("2026-03-31 23:30")
    first = replace("correction", on=first).claim_id
    clock.at("2026-04-02 10:00")
    second = replace("clarification", on=second).claim_id
    assert found() == [second, first]
    assert found(kind="correction") == [first]
    assert found(kind=["correction", "clarification"]) == [second, first]
    assert found(claimant="corvane") == [second]
    assert found(claimant="Corvane Testmoss", kind="correction") == []
    assert found(since="2026-04-01") == [second]
    assert found(until="2026-03-31") == [first]
    assert found(since="2026-03-31", until="2026-04-02") == [second, first]


def test_days_are_those_of_the_desk(client, published, clock, replace, settings):
    first = published("2026-03-01 10:00")
    clock.at("2026-03-31 23:30")
    replace("correction", on=first)
    settings.TIME_ZONE = "Europe/Vienna"
    assert listed(client, until="2026-03-31") == []
    assert len(listed(client, since="2026-04-01")) == 1
    assert "1 April 2026" in page(client)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"kind": "update"}, "Select a valid choice. update is not one of the available choices."),
        ({"since": "31.3.2026"}, "Write the day as year-month-day, for example 2025-12-03."),
        ({"since": "2026-04-02", "until": "2026-04-01"}, "This day lies before the first one."),
        ({"knd": "correction"}, "“knd” is no filter of this list."),
        ({"flavour": "excel"}, "The flavour of an export is one of: spreadsheet, raw."),
    ],
)
def test_a_filter_that_cannot_be_read_lists_and_exports_nothing_and_says_why(client, one_of_each, params, said):
    text = page(client, **params)
    assert said in text
    assert listed(client, **params) == []
    answer = client.get("/corrections.csv", params)
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/corrections/")
    assert client.get("/corrections.atom", params).status_code == 404


def test_what_others_hang_on_a_link_hides_nothing(client, one_of_each):
    assert len(listed(client, fbclid="x", utm_source="y")) == 3


def test_a_claimant_is_found_by_the_name_that_was_published_and_by_nothing_else_on_record(
    client, replace, checker, editor
):
    clerk = add_claimant(by=None, name="A test clerk", kind="unnamed", aliases=["Secret Testname"])
    verdict = replace("correction", on=factories.verdict(checker, editor, on=factories.selected(said_by=clerk)))
    assert listed(client, claimant="Secret Testname") == []
    edit_claimant(clerk, by=None, name="Another Testname")
    assert listed(client, claimant="a test CLERK") == [verdict]
    assert listed(client, claimant="Another") == []
    assert listed(client, claimant="?!") == []


def test_it_costs_the_same_with_1_and_with_21_rows(client, replace, django_assert_num_queries):
    replace("correction")
    for more in (0, 20):
        for _time in range(more):
            replace("clarification")
        with django_assert_num_queries(5):
            page(client)


def test_a_page_leads_to_the_next(client, replace, monkeypatch):
    monkeypatch.setattr("claims.views.corrections.ROWS", 2)
    verdicts = [replace("correction") for _time in range(3)]
    answer = client.get("/corrections/")
    assert [row.verdict for row in answer.context["rows"]] == [verdicts[2], verdicts[1]]
    assert listed(client, after=answer.context["page"].after) == [verdicts[0]]


def test_an_empty_list_says_so(client, db):
    assert "Nothing that we published was corrected" in page(client)
    assert "No verdict of ours was updated yet." in page(client, "/updates/")


def test_the_head_of_the_chain_stands_at_the_foot(client, replace):
    replace("correction")
    head = LogHead.objects.get()
    text = page(client)
    assert f"<dd>{head.position}</dd>" in text and f"<code>{head.hash}</code>" in text
    assert head.hash not in page(client, "/updates/")


def test_the_csv_tells_both_sides_and_the_log_that_it_left(client, replace, settings):
    settings.SITE_URL = "https://desk.example"
    verdict = replace("correction", summary='=1+1; "40" lamps', note="-Test")
    at, before = (f"{each.published_at:%Y-%m-%dT%H:%M:%SZ}" for each in (verdict, verdict.supersedes))
    [row] = table(client)
    assert row == {
        "claim_id": str(verdict.claim_id), "claimant": "Mirabel Testwell", "replacement_kind": "correction",
        "replacement_note": "-Test", "verdict_number": "2", "published_at": at,
        "claim": verdict.statement, "rating": "True", "rating_value": "5", "attribution": "",
        "summary": '=1+1; "40" lamps', "explanation": "", "earlier_verdict_number": "1",
        "earlier_published_at": before,
        "earlier_claim": verdict.statement, "earlier_rating": "True", "earlier_rating_value": "5",
        "earlier_attribution": "", "earlier_summary": "Test: 41 lamps were counted.", "earlier_explanation": "",
        "claim_url": f"https://desk.example/claims/{verdict.claim_id}/",
        "verdict_url": f"https://desk.example/claims/{verdict.claim_id}/verdicts/2/",
        "earlier_verdict_url": f"https://desk.example/claims/{verdict.claim_id}/verdicts/1/",
    }  # fmt: skip
    act = Act.objects.latest("position")
    line = Change.objects.get(act=act).values
    assert (act.verb, act.actor, line["what"][1], line["rows"][1]) == ("export", None, "corrections.csv", "1")
    spreadsheet = b"".join(client.get("/corrections.csv")).decode()
    assert spreadsheet.startswith("\ufeffclaim_id,") and '"\'-Test"' in spreadsheet and "'=1+1" in spreadsheet


def test_who_may_not_export_at_the_desk_gets_what_everybody_gets(client, replace, outsider):
    replace("correction")
    client.force_login(outsider)
    assert len(table(client)) == 1


def test_the_csv_reads_on_where_a_thousand_rows_ended(client, replace, monkeypatch):
    monkeypatch.setattr("claims.exchange.replaced_export.ROWS_AT_ONCE", 2)
    verdicts = [replace("correction") for _time in range(4)]
    assert [int(row["claim_id"]) for row in table(client)] == [each.claim_id for each in reversed(verdicts)]


def test_the_feed_is_atom_as_the_rfc_has_it(client, replace, settings):
    """RFC 4287, 4.1.1 and 4.1.2: what a feed and an entry must hold, once each."""
    settings.SITE_URL, settings.DESK_NAME = "https://desk.example", "The Test Desk"
    verdict = replace("correction", summary="Test: <40> lamps & more.")
    replace("update")
    answer = client.get("/corrections.atom", headers={"host": "127.0.0.1"})
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)
    own = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert own == {"alternate": "https://desk.example/corrections/", "self": "https://desk.example/corrections.atom"}
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "The Test Desk"
    [entry] = feed.findall(f"{ATOM}entry")
    for parent in (feed, entry):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(ATOM + name)) == 1, name
        assert datetime.fromisoformat(parent.findtext(f"{ATOM}updated")).astimezone(UTC)
    assert entry.findtext(f"{ATOM}id") == f"https://desk.example{verdict.own_url}"
    assert entry.find(f"{ATOM}link").get("href") == f"https://desk.example{verdict.own_url}"
    assert entry.findtext(f"{ATOM}title") == f"Correction: we erred – {verdict.statement}"
    words = entry.find(f"{ATOM}summary")
    assert words.get("type") == "html"
    assert "Test: 41 lamps were counted." in words.text and "Test: &lt;40&gt; lamps &amp; more." in words.text


def test_the_feed_keeps_the_filter_and_the_page_names_it(client, one_of_each):
    feed = ElementTree.fromstring(client.get("/corrections.atom", {"kind": "retraction"}).content)
    assert len(feed.findall(f"{ATOM}entry")) == 1
    assert 'rel="alternate" type="application/atom+xml"' in page(client)
    assert ElementTree.fromstring(client.get("/updates.atom").content).findtext(f"{ATOM}title").endswith("Updates")


@pytest.mark.parametrize("name", ["corrections", "updates", "corrections_csv", "corrections_atom"])
def test_they_are_read_and_never_written(client, db, name):
    assert client.post(reverse(name)).status_code in {403, 405}
    assert client.head(reverse(name)).status_code == 200
    assert Verdict.objects.count() == 0
