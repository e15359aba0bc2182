"""Bulk edits in the admin: asked, tried, done a thousand at a time, undone, and taken home as CSV."""

import csv
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.admin.bulk_actions import ASKED
from claims.models import Act, BulkAct, Claim, Rating
from claims.models import bulk as bulks
from claims.models.leaving import deactivate
from tests import factories
from tests.admin_pages import address, listing, said

ACTION = "_selected_action"


@pytest.fixture
def desk(client, chief):
    """A browser in which the managing editor is logged in."""
    client.force_login(chief)
    return client


def ask(desk, action, claims, **typed):
    return desk.post(listing(Claim), {"action": action, ACTION: [claim.pk for claim in claims], **typed})


def staged(desk, action, claims, **typed):
    """Answer the question of the action; the page of what it would do."""
    answer = ask(desk, action, claims, asked="1", **typed)
    assert answer.status_code == 302, answer.context["form"].errors
    return BulkAct.objects.latest("staged_at")


def do(desk, bulk):
    while not bulk.finished:
        before = bulk.done
        answer = desk.post(address(bulk), {"expected": before})
        bulk.refresh_from_db()
        assert bulk.done > before, said(answer)
    return bulk


def test_the_list_offers_every_bulk_act_to_whoever_may_and_approval_never(desk, editor):
    names = [name for name, _label in desk.get(listing(Claim)).context["action_form"].fields["action"].choices if name]
    assert names == [*(deed.replace("-", "_") for deed in ASKED), "export_claims", "export_verdicts"]
    assert not any("approve" in name or "publish" in name for name in names)
    desk.force_login(editor)
    assert "assign" not in desk.get(listing(Claim)).text.split('name="action"')[1].split("</select>")[0]


def test_an_action_asks_then_shows_then_does_and_is_undone(desk, checker):
    claims = [factories.claim() for _each in range(3)] + [factories.draft().claim]
    page = ask(desk, "select", claims)
    assert "For 4 claims." in page.text
    lacking = ask(desk, "select", claims, asked="1", why="reach", reason=" ")
    assert list(lacking.context["form"].errors) == ["reason"]
    assert BulkAct.objects.count() == 0
    bulk = staged(desk, "select", claims, why="reach", reason="Asked for by many")
    shown = desk.get(address(bulk))
    assert "3 would change" in shown.text
    assert "1 would be refused" in shown.text
    assert "A check of this claim is open or published; decide there." in shown.text
    assert set(Claim.objects.filter(pk__in=[each.pk for each in claims[:3]]).values_list("status", flat=True)) == {
        "noted"
    }
    do(desk, bulk)
    result = desk.get(address(bulk)).text
    assert "3 changed" in result
    assert "1 refused" in result
    desk.post(address(bulk), {"undo": "1"})
    undoing = BulkAct.objects.latest("staged_at")
    assert "The old values come back for 3 claims" in desk.get(address(undoing)).text
    do(desk, undoing)
    assert set(Claim.objects.exclude(pk=claims[3].pk).values_list("status", flat=True)) == {"noted"}
    assert "Undone on" in desk.get(address(bulk)).text
    assert "Undo: Select for checking" in desk.get(address(undoing)).text


@pytest.mark.parametrize(
    ("action", "typed", "what"),
    [
        ("put_back", {"reason": ""}, "noted"),
        ("decline", {"reason": "Opinion"}, "not_checking"),
        ("priority", {"priority": "4"}, 4),
        ("kind", {"kind": "promise"}, "promise"),
        ("add_topic", {"name": "Lamps"}, ["Lamps"]),
        ("remove_topic", {"name": "harbours"}, []),
    ],
)
def test_what_is_typed_is_what_is_done(desk, action, typed, what):
    claim = factories.selected(topics=[] if action == "add_topic" else ["Harbours"])
    do(desk, staged(desk, action, [claim], **typed))
    claim.refresh_from_db()
    found = {"priority": claim.priority, "kind": claim.kind}.get(action, claim.status)
    assert what == (found if "topic" not in action else [topic.name for topic in claim.topics.all()])


def test_drafts_are_assigned_rated_submitted_and_sent_back(desk, checker, chief):
    check = factories.draft(by=checker)
    do(desk, staged(desk, "assign", [check.claim], assignee=chief.pk, due_on=""))
    do(desk, staged(desk, "rate", [check.claim], rating=Rating.objects.get(slug="half-true").pk))
    shown = desk.get(address(staged(desk, "submit", [check.claim])))
    assert "State: Drafting → Submitted" in shown.text
    bulk = BulkAct.objects.latest("staged_at")
    do(desk, bulk)
    check.refresh_from_db()
    assert (check.assignee, check.rating.slug, check.state) == (chief, "half-true", "submitted")
    do(desk, staged(desk, "send_back", [check.claim], reason="Count again"))
    assert "You submitted this yourself" in desk.get(address(BulkAct.objects.latest("staged_at"))).text


def test_all_that_a_filter_finds_is_chosen_across_pages(desk):
    for _each in range(60):
        factories.claim(priority=4)
    other = factories.claim()
    typed = {"action": "priority", ACTION: [Claim.objects.first().pk], "select_across": "1"}
    page = desk.post(listing(Claim) + "?priority__exact=4", typed)
    assert "For 60 claims." in page.text
    assert 'name="select_across" value="1"' in page.text
    desk.post(listing(Claim) + "?priority__exact=4", typed | {"asked": "1", "priority": "1"})
    assert do(desk, BulkAct.objects.get()).changed == 60
    other.refresh_from_db()
    assert other.priority == 2


def test_it_goes_on_by_pages_that_each_do_one_portion(desk, monkeypatch):
    monkeypatch.setattr(bulks, "PORTION", 2)
    claims = [factories.claim() for _each in range(5)]
    bulk = staged(desk, "priority", claims, priority="1")
    page = desk.post(address(bulk), {"expected": "0"}).text
    assert "2 of 5 claims looked at" in page
    assert "data-going" in page
    # Whoever opens the page later, or another, looks and decides; only what was pressed goes on by itself.
    assert "data-going" not in desk.get(address(bulk)).text
    desk.post(address(bulk), {"expected": "0"})
    bulk.refresh_from_db()
    assert bulk.done == 2
    do(desk, bulk)
    assert "data-going" not in desk.get(address(bulk)).text
    assert Act.objects.filter(batch=bulk.pk).count() == 3


def test_a_number_of_queries_for_the_dry_run_that_does_not_grow(desk, checker):
    counts = []
    for number in (2, 20):
        bulk = staged(desk, "assign", [factories.draft().claim for _each in range(number)], assignee=checker.pk)
        with CaptureQueriesContext(connection) as queries:
            desk.get(address(bulk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_may_not_is_refused(desk, editor, chief):
    claim = factories.claim()
    bulk = staged(desk, "priority", [claim], priority="1")
    desk.force_login(editor)
    assert desk.get(address(bulk)).status_code in (302, 403, 404)
    assert desk.post(address(bulk), {"expected": "0"}).status_code in (403, 404)
    assert desk.get(reverse("admin:claims_bulkact_table")).status_code == 403
    for typed in ({"stop": "1"}, {"discard": "1"}, {"undo": "1"}):
        assert desk.post(address(bulk), typed).status_code in (403, 404)
    claim.refresh_from_db()
    assert (claim.priority, BulkAct.objects.get().over) == (2, False)


def test_the_list_of_bulk_acts(desk):
    done = do(desk, staged(desk, "priority", [factories.claim()], priority="1"))
    staged(desk, "kind", [factories.claim()], kind="cause")
    page = desk.get(listing(BulkAct)).text
    assert ">Set the priority</a>" in page
    assert ">Set the kind</a>" in page
    assert "not begun" in page
    assert str(done.pk) in page
    assert reverse("admin:claims_bulkact_table") in page


def test_chosen_claims_and_their_verdicts_leave_as_csv(desk, checker, editor):
    verdict, other = factories.verdict(checker, editor), factories.claim()
    for action, rows in (("export_claims", 2), ("export_verdicts", 1)):
        answer = ask(desk, action, [verdict.claim, other])
        lines = b"".join(answer.streaming_content).decode().strip().splitlines()
        assert len(lines) == rows + 1
    assert Act.objects.filter(verb="export").count() == 2


def test_they_leave_as_they_stood_on_a_day(desk, checker, editor, clock):
    clock.at("2026-03-01 12:00")
    verdict = factories.verdict(checker, editor)
    clock.at("2026-03-09 12:00")
    for day, rows in (("2026-02-28", 0), ("2026-03-01", 1), ("", 1)):
        answer = ask(desk, "export_verdicts", [verdict.claim], as_of=day)
        assert len(b"".join(answer.streaming_content).decode().strip().splitlines()) == rows + 1
    answer = ask(desk, "export_verdicts", [verdict.claim], as_of="soon")
    assert (answer.status_code, "day" in said(answer)[0]) == (302, True)


def test_an_unknown_person_is_a_message_at_the_field(desk):
    answer = ask(desk, "assign", [factories.claim()], asked="1", assignee="999999")
    assert list(answer.context["form"].errors) == ["assignee"]
    assert said(answer) == []


def halves(desk, monkeypatch):
    """A bulk act on four claims that broke off after the first two."""
    monkeypatch.setattr(bulks, "PORTION", 2)
    bulk = staged(desk, "priority", [factories.claim() for _each in range(4)], priority="4")
    desk.post(address(bulk), {"expected": "0"})
    bulk.refresh_from_db()
    return bulk


def priorities():
    return list(Claim.objects.order_by("pk").values_list("priority", flat=True))


def test_another_managing_editor_goes_on_with_what_broke_off(desk, chief, monkeypatch):
    bulk, other = halves(desk, monkeypatch), factories.person("mara", "managing-editor")
    desk.force_login(other)
    page = desk.get(address(bulk)).text
    assert 'value="Go on"' in page
    assert 'name="stop"' in page
    assert 'name="undo"' in page
    do(desk, bulk)
    assert priorities() == [4, 4, 4, 4]
    acts = Act.objects.filter(batch=bulk.pk).order_by("position")
    assert [act.actor for act in acts] == [chief, other]


def test_what_was_stopped_never_goes_on_and_is_undone(desk, monkeypatch):
    bulk = halves(desk, monkeypatch)
    desk.post(address(bulk), {"stop": "1"})
    desk.post(address(bulk), {"expected": "2"})
    assert priorities() == [4, 4, 2, 2]
    page = desk.get(address(bulk)).text
    assert "Stopped by Max Testperson" in page
    assert 'value="Go on"' not in page
    assert "stopped: 2 of 4" in desk.get(listing(BulkAct)).text
    desk.post(address(bulk), {"undo": "1"})
    do(desk, BulkAct.objects.get(undoes=bulk))
    assert priorities() == [2, 2, 2, 2]


def test_staging_the_undoing_closes_what_broke_off(desk, monkeypatch):
    bulk = halves(desk, monkeypatch)
    desk.post(address(bulk), {"undo": "1"})
    desk.post(address(bulk), {"expected": "2"})
    do(desk, BulkAct.objects.get(undoes=bulk))
    desk.post(address(bulk), {"expected": "2"})
    assert priorities() == [2, 2, 2, 2]


def test_a_second_undo_leads_to_the_first(desk):
    bulk = do(desk, staged(desk, "priority", [factories.claim()], priority="4"))
    places = {desk.post(address(bulk), {"undo": "1"})["Location"] for _each in range(2)}
    [undoing] = BulkAct.objects.filter(undoes=bulk)
    assert places == {address(undoing)}


def test_what_was_staged_is_thrown_away_by_a_button(desk):
    claim = factories.claim()
    bulk = staged(desk, "priority", [claim], priority="4")
    assert 'name="discard"' in desk.get(address(bulk)).text
    assert said(desk.post(address(bulk), {"discard": "1"}))[-1] == "Thrown away. Nothing was changed."
    assert BulkAct.objects.count() == 0
    assert desk.post(address(bulk), {"expected": "0"}).status_code == 404
    begun = do(desk, staged(desk, "priority", [claim], priority="4"))
    page = desk.post(address(begun), {"discard": "1"})
    assert said(page)[-1] == "It has begun meanwhile. Stop it, or undo what was done."
    assert BulkAct.objects.count() == 1


def test_a_number_that_is_none_does_nothing(desk, monkeypatch):
    bulk = halves(desk, monkeypatch)
    assert desk.post(address(bulk), {"expected": "9" * 5_000}).status_code == 302
    assert priorities() == [4, 4, 2, 2]


def test_whom_the_work_goes_to_left_after_the_first_thousand(desk, monkeypatch, checker):
    monkeypatch.setattr(bulks, "PORTION", 2)
    claims = [factories.claim() for _each in range(5)]
    bulk = staged(desk, "assign", claims, assignee=checker.pk)
    desk.post(address(bulk), {"expected": "0"})
    deactivate(checker, by=factories.person("root", "administrator"))
    do(desk, bulk)
    assert (bulk.changed, bulk.unchanged) == (2, 0)
    assert bulk.refused == [[claim.pk, "This person may not check claims."] for claim in claims[2:]]
    assert "3 refused" in desk.get(address(bulk)).text


def table_of(answer):
    """The rows of a CSV answer, a dict each."""
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def csv_of(bulk):
    return reverse("admin:claims_bulkact_csv", args=[bulk.pk])


def test_every_claim_of_a_bulk_act_leaves_as_csv_with_what_came_of_it(desk, monkeypatch):
    monkeypatch.setattr(bulks, "PORTION", 3)
    monkeypatch.setattr("claims.exchange.bulk_export.PORTION", 3)
    claims = [factories.claim(), factories.claim(priority=4), factories.draft().claim, factories.claim()]
    rows = {claim.pk: {"kind": "promise"} for claim in claims} | {claims[1].pk: {"kind": claims[1].kind}}
    Claim.objects.get(pk=claims[2].pk).open_check().submit(by=factories.person("pim", "fact-checker"))
    bulk = bulks.stage("by-row", Claim.objects.all(), by=factories.person("mara", "managing-editor"), rows=rows)
    assert csv_of(bulk) in desk.get(address(bulk)).text
    would = [(row["claim_id"], row["result"]) for row in table_of(desk.get(csv_of(bulk)))]
    assert would == list(zip(map(str, sorted(rows)), ["would_do", "would_do", "would_refuse", "would_do"], strict=True))
    desk.post(address(bulk), {"expected": "0"})
    found = table_of(desk.get(csv_of(bulk)))
    assert [row["result"] for row in found] == ["changed", "unchanged", "refused", "waiting"]
    assert [row["claim"] for row in found] == [claim.statement for claim in claims]
    assert found[2]["why"] == "Its draft waits for a second person. Change the claim on its own page."
    desk.post(address(bulk), {"undo": "1"})
    undoing = do(desk, BulkAct.objects.get(undoes=bulk))
    assert [row["result"] for row in table_of(desk.get(csv_of(bulk)))][3] == "stopped"
    assert [(row["claim_id"], row["result"]) for row in table_of(desk.get(csv_of(undoing)))] == [
        (str(claims[0].pk), "changed")
    ]
    [line] = Act.objects.filter(verb="export").latest("position").changes.all()
    assert line.values["filter"] == [None, {"bulk": [str(undoing.pk)]}]


def test_what_leaves_of_a_bulk_act_starts_no_formula_and_only_for_who_may_export(desk, chief):
    bulk = do(desk, staged(desk, "priority", [factories.claim(statement="=1+1 is two, it was said")], priority="4"))
    assert b"\"'=1+1 is two" in b"".join(desk.get(csv_of(bulk)).streaming_content)
    desk.force_login(factories.person("pim", "fact-checker"))
    assert desk.get(csv_of(bulk)).status_code in (302, 403)


def test_an_export_of_chosen_claims_is_logged_with_what_was_chosen(desk):
    chosen, _other = factories.claim(), factories.claim()
    where = f"{listing(Claim)}?status__exact=noted"
    for across, wanted in (("0", {"chosen": [str(chosen.pk)]}), ("1", {"status__exact": ["noted"]})):
        typed = {"action": "export_claims", ACTION: [chosen.pk], "select_across": across}
        assert len(table_of(desk.post(where, typed))) == (1 if across == "0" else 2)
        [line] = Act.objects.filter(verb="export").latest("position").changes.all()
        assert line.values["filter"][1] == {"admin": ["claims"]} | wanted
