"""The pasted table: other values for each claim, out of a spreadsheet."""

import pytest
from django.urls import reverse

from claims.exchange.csv_export import EXPORTS, FLAVOURS, Stream, from_spreadsheet_cell
from claims.models import Act, BulkAct, Check, Claim, Topic
from tests import factories
from tests.admin_pages import address
from tests.test_admin_bulk import do


@pytest.fixture
def desk(client, chief):
    """A browser in which the managing editor is logged in."""
    client.force_login(chief)
    return client


def paste(desk, table):
    """The bulk act that a pasted table stages."""
    answer = desk.post(reverse("admin:claims_bulkact_table"), {"table": table, "once": ""})
    assert answer.status_code == 302, answer.context["form"].errors
    return BulkAct.objects.latest("staged_at")


def test_a_pasted_table_gives_each_claim_its_own_values(desk, checker):
    first, second = factories.draft(by=checker).claim, factories.claim(priority=4)
    table = (
        "id\tpriority\tkind\tassignee\tdue_on\texternal_id\r\n"
        f"{first.pk}\tUrgent\t\tmax\t2026-12-24\tDESK-1\r\n"
        f"{second.pk}\t\tpromise\t\tnone\t\r\n"
    )
    page = desk.post(reverse("admin:claims_bulkact_table"), {"table": table, "once": ""})
    bulk = BulkAct.objects.get()
    assert page.status_code == 302
    shown = desk.get(address(bulk)).text
    assert "2 would change" in shown
    assert "Priority: Normal → Urgent" in shown
    assert "Kind: Event or property → Promise" in shown
    assert "Assignee: Vera Testperson → Max Testperson" in shown
    do(desk, bulk)
    first.refresh_from_db()
    assert (first.priority, first.assignee.username, str(first.due_on)) == (4, "max", "2026-12-24")
    assert (first.external_id, Check.objects.get().assignee.username) == ("DESK-1", "max")
    second.refresh_from_db()
    assert (second.priority, second.kind, second.due_on, second.assignee) == (4, "promise", None, None)
    assert Act.objects.get(batch=bulk.pk).changes.filter(kind="claim").count() == 2


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "This field is required."),
        ("id,priority", "Paste a line with the names of the columns, and under it a line for each claim."),
        (
            "id,colour\n1,red",
            "No such column: colour. There are: claim_id, priority, kind, assignee, due_on, recheck_on, external_id, "
            "topics, draft_rating.",
        ),
        ("id\n1", "The table needs the column claim_id and at least one other, each of them once."),
        (
            "id,claim\n1,So it was said",
            "The table needs the column claim_id and at least one other, each of them once.",
        ),
        ("id,claim_id,priority\n1,1,4", "The table needs the column claim_id and at least one other"),
        ("id,priority\n{pk},5", "Line 2: “5” is none of: Low, Normal, High, Urgent."),
        ("id,priority\n{pk}", "Line 2: 1 cells where the first line has 2."),
        ("id,priority\n999999,4", "Line 2: There is no claim 999999."),
        ("id,priority\n{pk},4\n{pk},3", "Line 3: Claim {pk} stands in the table twice."),
        ("id,assignee\n{pk},nobody", "Line 2: Nobody called nobody may check claims."),
        ("id,due_on\n{pk},soon", "Line 2: "),
        ("id,due_on\n{pk},0001-01-01", "Line 2: The year 1 cannot be right."),
        ("sep=;\nid;priority\n{pk};5", "Line 3: “5” is none of: Low, Normal, High, Urgent."),
        ("id,topics\n{pk},Lamps; —", "Line 2: A topic has a letter or a digit, and at most 80 characters."),
        ("id,draft_rating\n{pk},splendid", "Line 2: “splendid” is none of: "),
        ("id,priority,,\n{pk},4,,more", "Line 2: 4 cells where the first line has 2."),
        ('id,external_id\n{pk},"open', "Line 2"),
    ],
)
def test_a_faulty_table_changes_nothing_and_says_where(desk, table, message):
    claim = factories.claim()
    typed = table.replace("{pk}", str(claim.pk))
    page = desk.post(reverse("admin:claims_bulkact_table"), {"table": typed, "once": ""})
    [first, *_more] = page.context["form"].errors["table"]
    assert first.startswith(message.replace("{pk}", str(claim.pk)))
    assert page.context["form"]["table"].value() == typed
    assert BulkAct.objects.count() == 0


def test_an_external_id_that_another_claim_has_is_refused_by_itself(desk):
    taken, free = factories.claim(external_id="DESK-1"), factories.claim()
    desk.post(reverse("admin:claims_bulkact_table"), {"table": f"id,external_id\n{free.pk},DESK-1", "once": ""})
    bulk = do(desk, BulkAct.objects.get())
    assert bulk.refused == [[free.pk, f"Claim {taken.pk} has this external id."]]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_export_edited_in_a_spreadsheet_is_pasted_back(desk, checker, editor, flavour):
    published = factories.verdict(checker, editor).claim
    claim = factories.claim(statement="=2+2 is five, it was said", topics=["Lamps", "Harbours"], external_id="'s-1")
    gone = factories.person("gil", "fact-checker")
    claim.assign(gone, by=None)
    gone.edit(by=None, roles=["auditor"])
    exported = b"".join(Stream(EXPORTS["claims"], Claim.objects.all(), flavour)).decode("utf-8-sig")
    unchanged = paste(desk, exported)
    assert "0 would change" in desk.get(address(unchanged)).text
    shown = desk.get(address(unchanged)).text
    assert "Columns that change nothing: claim, claimant, claimant_role, said_on, status, source_title" in shown
    edited = exported.replace('"normal"', '"high"').replace('"Harbours; Lamps"', '"Lamps; Lanterns"')
    bulk = do(desk, paste(desk, "sep=,\r\n" + edited.replace("\r\n", ",,\r\n")))
    assert (bulk.changed, bulk.refused) == (2, [])
    claim.refresh_from_db()
    assert (claim.priority, claim.external_id, claim.assignee) == (3, "'s-1", gone)
    assert sorted(topic.name for topic in claim.topics.all()) == ["Lamps", "Lanterns"]
    published.refresh_from_db()
    assert published.priority == 3


def test_topics_and_draft_ratings_of_each_claim_are_pasted_and_undone(desk, checker):
    plain = factories.claim(topics=["Lamps"])
    drafted = factories.draft(by=checker, on=factories.selected(topics=["Lamps"]))
    before = drafted.rating
    table = f"claim_id,topics,draft_rating\n{drafted.claim_id},Lamps; Harbours,HALF-TRUE\n{plain.pk},none,\n"
    bulk = paste(desk, table)
    shown = desk.get(address(bulk)).text
    assert "Topics: Lamps → Harbours; Lamps" in shown
    assert "Topics: Lamps → –" in shown
    assert Topic.objects.count() == 1
    do(desk, bulk)
    drafted.refresh_from_db()
    assert drafted.rating.slug == "half-true"
    assert sorted(topic.name for topic in drafted.claim.topics.all()) == ["Harbours", "Lamps"]
    assert list(plain.topics.all()) == []
    desk.post(address(bulk), {"undo": "1"})
    do(desk, BulkAct.objects.get(undoes=bulk))
    drafted.refresh_from_db()
    assert (drafted.rating, [topic.name for topic in plain.topics.all()]) == (before, ["Lamps"])


def test_a_pasted_draft_rating_is_refused_where_the_draft_moved_or_there_is_none(desk, checker):
    moved, waiting, none = factories.draft(by=checker), factories.submitted(checker), factories.claim()
    lines = "".join(f"{claim.pk},half-true\n" for claim in (moved.claim, waiting.claim, none))
    bulk = paste(desk, "claim_id,draft_rating\n" + lines)
    moved.edit(by=checker, summary="Other words.")
    do(desk, bulk)
    assert bulk.refused == [
        [moved.claim_id, "Somebody else changed this meanwhile. Nothing was overwritten."],
        [waiting.claim_id, "It waits for a second person. Take it back before you edit it."],
        [none.pk, "No check of this claim is open."],
    ]


def test_a_user_name_in_other_capitals_is_the_same_person(desk, chief):
    claim = factories.claim()
    do(desk, paste(desk, f"claim_id,assignee\n{claim.pk},MAX"))
    claim.refresh_from_db()
    assert claim.assignee == chief


def test_an_apostrophe_of_the_text_s_own_stays():
    """Typed in a spreadsheet, or exported raw."""
    assert from_spreadsheet_cell("'s-Gravenhage-1") == "'s-Gravenhage-1"
    assert from_spreadsheet_cell("''s-Gravenhage-1") == "'s-Gravenhage-1"
