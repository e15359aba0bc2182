"""Bulk acts: a thousand claims an act, each batch undone as one, and nothing in heaps that one alone could not do."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from claims.jobs.staged import drop_staged
from claims.models import Act, BulkAct, Change, Check, Claim, Rating, Topic
from claims.models import bulk as bulks
from claims.models.bulk import attempt, discard, go_on, stage, stage_undo, stop
from claims.models.chain import chain_breaks
from claims.models.checks import start_check
from claims.models.editing import add_topic, edit_topic
from claims.models.noting import edit_claim
from claims.states import CheckState, ClaimStatus, NotAllowed, Refused
from tests import factories

pytestmark = pytest.mark.django_db


def claims_of(*records):
    return Claim.objects.filter(pk__in=[record.pk for record in records])


def whole(bulk, by):
    """Do a bulk act to its end; how it stands then."""
    while not bulk.finished:
        before = bulk.done
        bulk = go_on(bulk, by=by, expected=before)
        assert bulk.done > before
    return bulk


def done(deed, *claims, by, reason="", **values):
    return whole(stage(deed, claims_of(*claims), by=by, reason=reason, **values), by)


def why(bulk):
    return dict(bulk.refused)


def undone(bulk, by):
    return whole(stage_undo(bulk, by=by), by)


def picture():
    """Everything that an undoing must give back."""
    claims = Claim.objects.order_by("pk").values_list(
        "pk",
        "decision",
        "status",
        "why_selected",
        "decision_reason",
        "assignee",
        "due_on",
        "priority",
        "kind",
        "status_order",
    )
    checks = Check.objects.order_by("pk").values_list(
        "pk", "state", "assignee", "rating", "submitted_by", "submitted_digest"
    )
    topics = [(claim.pk, sorted(topic.name for topic in claim.topics.all())) for claim in Claim.objects.order_by("pk")]
    return list(claims), list(checks), topics


def test_claims_are_selected_and_put_back_as_one_batch(chief):
    before_selected, noted, drafted = factories.selected(), factories.claim(), factories.draft().claim
    act = done("select", before_selected, noted, drafted, by=chief, why="reach", reason="Asked for by many")
    noted.refresh_from_db()
    assert (noted.status, noted.why_selected, noted.decision_reason) == ("selected", "reach", "Asked for by many")
    assert why(act) == {
        before_selected.pk: "This cannot be done now: it is “Selected”.",
        drafted.pk: "A check of this claim is open or published; decide there.",
    }
    assert (act.total, act.done, act.changed, act.unchanged) == (3, 3, 1, 0)
    back = done("put-back", noted, by=chief)
    noted.refresh_from_db()
    assert (back.changed, noted.status) == (1, "noted")


def test_a_bulk_act_is_one_line_a_claim_with_the_single_verbs_name(chief):
    claims = [factories.claim() for _each in range(3)]
    act = done("decline", *claims, by=chief, reason="Opinion")
    written = Act.objects.get(batch=act.pk)
    assert (written.verb, written.actor, written.reason) == ("claim.decline", chief, "Opinion")
    assert [(line.kind, line.object_id) for line in written.changes.order_by("line")] == [
        ("claim", claim.pk) for claim in claims
    ]
    assert list(chain_breaks()) == []


def test_work_is_given_to_a_person_with_the_draft_that_is_open(chief, checker):
    drafted, plain = factories.draft(by=chief).claim, factories.claim()
    act = done("assign", drafted, plain, by=chief, assignee=checker.pk, due_on="2026-12-01")
    assert act.changed == 2
    assert set(Claim.objects.values_list("assignee", "due_on")) == {(checker.pk, drafted.due_on or plain_day())}
    assert Check.objects.get().assignee == checker
    with pytest.raises(ValidationError, match="may not check claims"):
        stage("assign", claims_of(plain), by=chief, assignee=factories.person("pim", "auditor").pk)


def plain_day():
    return Claim._meta.get_field("due_on").to_python("2026-12-01")


def test_priority_kind_and_topics(chief, checker):
    first, second = factories.claim(topics=["Lamps"]), factories.claim()
    waiting = factories.submitted(checker).claim
    assert done("priority", first, second, by=chief, priority=4).changed == 2
    kinds = done("kind", first, waiting, by=chief, kind="figure")
    assert why(kinds) == {waiting.pk: "Its draft waits for a second person. Change the claim on its own page."}
    assert done("add-topic", first, second, by=chief, name="lamps").changed == 1
    assert done("add-topic", first, by=chief, name="Harbours").changed == 1
    assert done("remove-topic", first, second, by=chief, name="LAMPS").changed == 2
    assert [topic.name for topic in first.topics.all()] == ["Harbours"]
    with pytest.raises(ValidationError, match="no topic of this name"):
        attempt(stage("remove-topic", claims_of(first), by=chief, name="Nowhere"), by=chief)


def test_a_changed_kind_makes_a_draft_that_was_seen_before_stale(chief):
    check = factories.draft()
    done("kind", check.claim, by=chief, kind="cause")
    assert Check.objects.get().version == check.version + 1


def test_drafts_are_rated_submitted_and_sent_back(chief, checker):
    drafted, without, bare = factories.draft(by=checker), factories.selected(), factories.draft(by=checker, summary="")
    claims = [drafted.claim, without, bare.claim]
    rated = done("rate", *claims, by=chief, rating=Rating.objects.get(slug="false").pk)
    assert (rated.changed, why(rated)) == (2, {without.pk: "No check of this claim is open."})
    submitted = done("submit", *claims, by=chief)
    assert submitted.changed == 1
    assert why(submitted)[bare.claim_id] == "Write the verdict in one or two sentences."
    drafted.refresh_from_db()
    assert (drafted.state, drafted.submitted_by, drafted.rating.slug) == (CheckState.SUBMITTED, chief, "false")
    assert Claim.objects.get(pk=drafted.claim_id).status == ClaimStatus.SUBMITTED
    sent = done("send-back", drafted.claim, by=chief, reason="Count again")
    assert why(sent) == {drafted.claim_id: "You submitted this yourself. Take it back instead."}
    other = factories.person("mara", "managing-editor")
    done("send-back", drafted.claim, by=other, reason="Count again")
    drafted.refresh_from_db()
    assert (drafted.state, drafted.returned_because, drafted.submitted_digest) == ("drafting", "Count again", "")


def test_what_was_submitted_in_a_heap_is_approved_by_a_second_person_as_it_stands(chief, editor, checker):
    check = factories.draft(by=checker)
    done("submit", check.claim, by=chief)
    check.refresh_from_db()
    assert check.approve(by=editor).state == CheckState.APPROVED


def test_what_changed_since_it_was_seen_is_refused(chief):
    claim, check = factories.claim(), factories.draft()
    staged, drafts = (
        stage("priority", claims_of(claim), by=chief, priority=1),
        stage("submit", claims_of(check.claim), by=chief),
    )
    edit_claim(claim, by=None, priority=3)
    check.edit(by=None, summary="Other words.")
    for bulk in (staged, drafts):
        assert list(why(whole(bulk, chief)).values()) == [
            "Somebody else changed this meanwhile. Nothing was overwritten."
        ]
    assert Claim.objects.get(pk=claim.pk).priority == 3


def test_trying_changes_nothing(chief):
    claim, drafted = factories.claim(), factories.draft().claim
    staged = stage("select", claims_of(claim, drafted), by=chief, why="harm", reason="Test")
    before, acts = picture(), Act.objects.count()
    tried = attempt(staged, by=chief)
    assert [each.pk for each, _change in tried.changes] == [claim.pk]
    assert [each.pk for each, _why in tried.refused] == [drafted.pk]
    assert (picture(), Act.objects.count()) == (before, acts)


def test_other_values_for_each_claim(chief, checker):
    first, second = factories.draft(by=chief).claim, factories.claim()
    rows = {first.pk: {"priority": 4, "assignee": checker.pk}, second.pk: {"kind": "promise", "due_on": "2026-12-24"}}
    bulk = stage("by-row", claims_of(first, second), by=chief, rows=rows)
    bulk.refresh_from_db()
    assert whole(bulk, chief).changed == 2
    first.refresh_from_db()
    assert (first.priority, first.assignee, first.open_check().assignee) == (4, checker, checker)
    second.refresh_from_db()
    assert (second.kind, str(second.due_on), second.assignee) == ("promise", "2026-12-24", None)
    assert Act.objects.latest("position").verb == "claim.edit_rows"


def test_who_may(chief, checker, editor):
    claim = factories.claim()
    for person in (checker, editor):
        with pytest.raises(NotAllowed):
            stage("priority", claims_of(claim), by=person, priority=1)
    staged = stage("priority", claims_of(claim), by=chief, priority=1)
    for act in (partial(go_on, expected=0), stop, discard, stage_undo):
        with pytest.raises(NotAllowed):
            act(staged, by=editor)
    with pytest.raises(Refused, match="No claim was chosen"):
        stage("priority", Claim.objects.none(), by=chief, priority=1)
    with pytest.raises(ValidationError, match="Give the reason"):
        stage("decline", claims_of(claim), by=chief, reason="  ")


def test_approving_and_publishing_are_no_bulk_acts():
    assert not {deed.verb for deed in bulks.DEEDS.values()} & {
        "check.approve", "check.publish", "check.withdraw_approval",
    }  # fmt: skip


def test_a_bulk_act_goes_on_where_it_broke_off_and_does_nothing_twice(chief, monkeypatch):
    monkeypatch.setattr(bulks, "PORTION", 2)
    claims = [factories.claim() for _each in range(5)]
    bulk = stage("priority", claims_of(*claims), by=chief, priority=1)
    bulk = go_on(bulk, by=chief, expected=0)
    assert (bulk.done, bulk.changed, bulk.finished) == (2, 2, False)
    # The same page sent a second time does not do the next portion.
    assert go_on(bulk, by=chief, expected=0).done == 2
    assert whole(BulkAct.objects.get(pk=bulk.pk), chief).changed == 5
    assert Act.objects.filter(batch=bulk.pk).count() == 3
    assert undone(bulk, chief).changed == 5
    assert set(Claim.objects.values_list("priority", flat=True)) == {2}


@pytest.mark.parametrize(
    ("deed", "reason", "values"),
    [
        ("select", "Test", {"why": "reach"}),
        ("decline", "Opinion", {}),
        ("assign", "", {"due_on": "2026-12-01"}),
        ("priority", "", {"priority": 4}),
        ("kind", "", {"kind": "promise"}),
        ("add-topic", "", {"name": "Harbours"}),
        ("remove-topic", "", {"name": "Lamps"}),
        ("rate", "", {}),
        ("submit", "", {}),
        ("send-back", "Count again", {}),
    ],
)
def test_every_bulk_act_is_undone_as_one(deed, reason, values, chief, checker):
    claims = [factories.claim(topics=["Lamps"]), factories.selected(topics=["Lamps"])]
    claims += [factories.draft(by=checker).claim, factories.submitted(checker).claim]
    if deed == "assign":
        values = values | {"assignee": checker.pk}
    if deed == "rate":
        values = {"rating": Rating.objects.get(slug="half-true").pk}
    before = picture()
    bulk = done(deed, *claims, by=chief, reason=reason, **values)
    assert bulk.changed > 0
    changed = picture()
    assert changed != before
    undoing = undone(bulk, chief)
    assert (undoing.changed, undoing.refused) == (bulk.changed, [])
    assert picture() == before
    # An undoing is a bulk act like another: undone, it does again what was done first.
    undone(undoing, chief)
    assert picture() == changed
    assert list(chain_breaks()) == []


def test_what_was_submitted_in_a_heap_and_withdrawn_is_submitted_again_by_its_author_alone(chief, checker):
    check, other = factories.draft(by=checker), factories.person("mara", "managing-editor")
    undoing = undone(done("submit", check.claim, by=chief), chief)
    acts = Act.objects.count()
    with pytest.raises(NotAllowed):
        stage_undo(undoing, by=other)
    assert (Check.objects.get().state, Act.objects.count()) == (CheckState.DRAFTING, acts)
    assert undone(undoing, chief).changed == 1
    assert Check.objects.get().submitted_by == chief


def test_work_that_was_submitted_meanwhile_is_given_back_too(chief, checker):
    drafts = [factories.draft(by=checker), factories.draft(by=checker)]
    bulk = done("assign", *(draft.claim for draft in drafts), by=chief, assignee=chief.pk)
    submitted = Check.objects.get(pk=drafts[0].pk).submit(by=checker)
    undoing = undone(bulk, chief)
    assert (undoing.changed, undoing.refused) == (2, [])
    assert set(Check.objects.values_list("assignee", flat=True)) == {checker.pk}
    assert set(Claim.objects.values_list("assignee", flat=True)) == {checker.pk}
    submitted.refresh_from_db()
    assert submitted.state == CheckState.SUBMITTED


def test_what_later_acts_stand_on_stays_and_is_named(chief, checker):
    edited, started, free = factories.claim(), factories.claim(), factories.claim()
    bulk = done("select", edited, started, free, by=chief, why="reach", reason="Test")
    edited.refresh_from_db()
    edited.put_back(by=checker)
    start_check(Claim.objects.get(pk=started.pk), by=checker)
    undoing = undone(bulk, chief)
    assert undoing.changed == 1
    assert why(undoing)[edited.pk].startswith(
        "Something later stands on it: Vera Testperson put the claim back to noted, "
    )
    assert why(undoing)[started.pk] == "A check of this claim is open or published."
    assert [claim.status for claim in claims_of(edited, started, free).order_by("pk")] == ["noted", "drafting", "noted"]


def test_an_undoing_names_the_act_that_it_undoes(chief):
    bulk = done("priority", factories.claim(), by=chief, priority=4)
    undoing = undone(bulk, chief)
    [written] = Act.objects.filter(batch=undoing.pk)
    assert (written.verb, written.undoes.batch) == ("undo", bulk.pk)
    assert Change.objects.filter(act=written).count() == 1


def test_what_changed_nothing_is_not_undone(chief):
    bulk = done("priority", factories.claim(), by=chief, priority=2)
    assert (bulk.changed, bulk.unchanged) == (0, 1)
    with pytest.raises(Refused, match="nothing to undo"):
        stage_undo(bulk, by=chief)


@pytest.mark.parametrize("deed", ["assign", "submit", "add-topic", "select"])
def test_a_portion_costs_the_same_number_of_queries_for_few_and_for_many(deed, chief, checker):
    add_topic(by=chief, name="Lamps")
    wanted = {"assign": {"assignee": checker.pk}, "add-topic": {"name": "Lamps"}, "select": {"why": "reach"}}
    values = wanted.get(deed, {})
    counts = []
    for number in (2, 12):
        make = factories.draft if deed in ("submit", "assign") else factories.claim
        made = [make() for _each in range(number)]
        claims = [getattr(each, "claim", each) for each in made]
        bulk = stage(deed, claims_of(*claims), by=chief, reason="Test", **values)
        with CaptureQueriesContext(connection) as queries:
            assert go_on(bulk, by=chief, expected=0).changed == number
        undoing = stage_undo(bulk, by=chief)
        with CaptureQueriesContext(connection) as others:
            assert go_on(undoing, by=chief, expected=0).changed == number
        counts.append((len(queries), len(others)))
    assert counts[0] == counts[1]


def test_a_value_that_cannot_be_is_refused_for_its_claim_alone(chief):
    good, long, early = factories.claim(), factories.claim(), factories.claim()
    rows = {
        good.pk: {"due_on": "2026-12-24"},
        long.pk: {"external_id": "x" * 5_000},
        early.pk: {"due_on": "0001-01-01"},
    }
    bulk = stage("by-row", claims_of(good, long, early), by=chief, rows=rows)
    bulk.refresh_from_db()
    assert [claim.pk for claim, _why in attempt(bulk, by=chief).refused] == [long.pk, early.pk]
    bulk = whole(bulk, chief)
    assert (bulk.changed, list(why(bulk))) == (1, [long.pk, early.pk])
    assert why(bulk)[early.pk].startswith("The year 1 cannot be right.")


def test_a_topic_that_was_renamed_meanwhile_ends_it_with_a_word_for_each_claim(chief):
    claims = [factories.claim(topics=["Lamps"]) for _each in range(2)]
    bulk = stage("remove-topic", claims_of(*claims), by=chief, name="Lamps")
    edit_topic(Topic.objects.get(), by=chief, name="Lanterns")
    bulk = whole(bulk, chief)
    assert why(bulk) == dict.fromkeys([claim.pk for claim in claims], "There is no topic of this name.")


def test_who_goes_on_submits_in_their_own_name(chief, checker, monkeypatch):
    monkeypatch.setattr(bulks, "PORTION", 1)
    first, second = factories.draft(by=checker), factories.draft(by=checker)
    other = factories.person("mara", "managing-editor")
    bulk = go_on(stage("submit", claims_of(first.claim, second.claim), by=chief), by=chief, expected=0)
    whole(bulk, other)
    assert [check.submitted_by for check in Check.objects.order_by("pk")] == [chief, other]


def test_refusals_are_kept_in_the_language_of_the_desk(chief, checker):
    claim = factories.submitted(checker).claim
    with translation.override("es"):
        submitted = done("submit", claim, by=chief)
    assert why(submitted) == {claim.pk: "This cannot be done now: it is “Submitted”."}


def test_what_nobody_began_within_a_day_is_thrown_away(chief):
    begun = done("priority", factories.claim(), by=chief, priority=4)
    stage("priority", claims_of(factories.claim()), by=chief, priority=4)
    stage_undo(begun, by=chief)
    assert drop_staged() == ""
    later = timezone.now() + timedelta(days=1, seconds=1)
    assert drop_staged(lambda: later) == "2 bulk acts that nobody began were thrown away."
    assert list(BulkAct.objects.all()) == [begun]
