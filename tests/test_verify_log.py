"""What somebody with the database's own password changes, once the triggers are gone, is found and named."""

from io import StringIO
from string import Template

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from claims.management.progress import Progress
from claims.models import Act, Change, LogHead, Snapshot, SnapshotFile, Verdict, VerdictEvidence, triggers
from claims.models.log import acting
from claims.models.publishing import publish
from claims.models.superseding import reopen
from claims.models.verifying import Verification
from claims.seals import chained, sha256
from tests import factories

pytestmark = pytest.mark.django_db
NAUGHT = "0" * 64


@pytest.fixture
def record(checker, editor, chief):
    """A verdict, corrected once, and one on another claim: their numbers, by the names that the attacks below use."""
    first = factories.verdict(checker, editor, summary="Test: 41 lamps were counted.")
    publishing = factories.last_act(first)
    check = reopen(first.claim, by=chief, reason="Test: a reader counted again", assignee=checker)
    check.edit(by=checker, replacement_kind="correction", replacement_note="Test: one was counted twice.")
    second = publish(check.submit(by=checker).approve(by=editor), by=editor)
    other = factories.verdict(checker, editor)
    snapshot = Snapshot.objects.order_by("pk").first()
    draft = factories.draft(by=checker)
    head = LogHead.objects.get().position
    return {
        "draft": draft.pk, "bare": draft.claim_id,
        "first": first.pk, "second": second.pk, "other": other.pk, "claim": first.claim_id,
        "piece": first.frozen_evidence.get().pk, "check": check.pk, "somebody": chief.pk,
        "snapshot": snapshot.pk, "taking": factories.last_act(snapshot).position,
        "publishing": publishing.position, "reopening": publishing.position + 1, "head": head, "next": head + 1,
    }  # fmt: skip


@pytest.fixture
def unguarded(db):
    """The triggers are gone until the test's own transaction is rolled back."""

    def lift():
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        triggers.lift(connection)

    return lift


def faults_after(*statements):
    """What does not fit once these were executed; they are taken back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        faults = list(Verification())
        transaction.set_rollback(True)
    return faults


ACT = "UPDATE claims_act SET %s WHERE position = $reopening"
LINE = "UPDATE claims_change SET %s WHERE act_id = $reopening AND line = 1"
VERDICT = "UPDATE claims_verdict SET %s WHERE id = $first"
SNAPSHOT = "UPDATE claims_snapshot SET %s WHERE id = $snapshot"
CLAIM = "UPDATE claims_claim SET %s WHERE id = $claim"
PIECE = "UPDATE claims_verdictevidence SET %s WHERE verdict_id = $first AND line = 1"


def copied(model, where, **values):
    """A statement that inserts copies of rows with other values."""
    columns = [field.column for field in model._meta.concrete_fields]
    names = ", ".join(f'"{column}"' for column in columns)
    chosen = ", ".join(str(values.get(column, f'"{column}"')) for column in columns)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {chosen} FROM {model._meta.db_table} WHERE {where}"


NO_DIGEST = "Verdict $first does not have the digest that its seals give."
OTHER_VERDICT = "Claim $claim shows another verdict than its own in force."
ALTERED = "Act $reopening or one of its changes was altered."
# {what is done: the first that is named}
FOUND = {
    ACT % "verb = 'claim.edit'": ALTERED,
    ACT % "actor_id = NULL": ALTERED,
    ACT % "at = '2020-01-01 00:00:00+00:00'": ALTERED,
    ACT % f"""reason = '', reason_seal = '[null, "{NAUGHT}"]'""": ALTERED,
    ACT % "reason = 'x'": "Act $reopening carries a reason that does not fit its seal.",
    ACT % "reason_seal = '7'": "Act $reopening or one of its changes cannot be read.",
    ACT % f"body = '{NAUGHT}'": "Act $reopening does not have the hash that its place and body give.",
    ACT % f"hash = '{NAUGHT}'": "Act $reopening does not have the hash that its place and body give.",
    ACT % f"previous = '{NAUGHT}'": "Act $reopening does not follow the act before it.",
    ACT % "position = 1000 + position": "Act $reopening is missing.",
    copied(Act, "position = 1", position=0, once="NULL"): "Act 0 stands before the first act.",
    "DELETE FROM claims_act WHERE position = $reopening": "Act $reopening is missing.",
    "DELETE FROM claims_act WHERE position = $head": "Act $head is where the chain ends, but the head says otherwise.",
    "DELETE FROM claims_loghead": "Act $next is where the chain ends, but the head says otherwise.",
    LINE % "object_id = 999": ALTERED,
    LINE % "line = 77": ALTERED,
    LINE % "seals = '{}'": ALTERED,
    LINE % "\"values\" = '{}'": "Act $reopening carries other values than seals, in line 1.",
    "DELETE FROM claims_change WHERE act_id = $reopening AND line = 1": ALTERED,
    copied(Change, "act_id = $reopening AND line = 1", id=9999, line=77): ALTERED,
    copied(
        Change, "act_id = $reopening AND line = 1", id=9999, act_id=9999
    ): "Act 9999 does not exist, but a change of it does.",
    VERDICT % "summary = 'x'": "Verdict $first has another summary, unlike act $publishing.",
    VERDICT % "rating_value = 1": "Verdict $first has another rating_value, unlike act $publishing.",
    VERDICT % "published_by_id = $somebody": "Verdict $first has another published_by, unlike act $publishing.",
    VERDICT % f"digest = '{NAUGHT}'": "Verdict $first has another digest, unlike act $publishing.",
    VERDICT % "seals = '{}'": NO_DIGEST,
    VERDICT % "seals = '[7]'": "Verdict $first holds what cannot be read, unlike act $publishing.",
    PIECE
    % "excerpt = 'x'": "Verdict $first carries a value that does not fit its seal: the excerpt of its evidence 1.",
    PIECE % "line = 2": "Verdict $first carries a value that does not fit its seal: the line of its evidence 2.",
    PIECE % "verdict_id = $other, line = 2": NO_DIGEST,
    "DELETE FROM claims_verdictevidence WHERE id = $piece": NO_DIGEST,
    copied(VerdictEvidence, "id = $piece", id=9999, line=2): NO_DIGEST,
    SNAPSHOT % "text = 'x'": "Snapshot $snapshot has another text than its hash says, and than any redaction.",
    SNAPSHOT % "text = ''": "Snapshot $snapshot has another text than its hash says, and than any redaction.",
    SNAPSHOT % "taken_by_id = $somebody": "Snapshot $snapshot has another taken_by, unlike act $taking.",
    copied(Snapshot, "id = $snapshot", id=9999): "Snapshot 9999 was made by no act of the log.",
    copied(
        Verdict, "id = $other", id=9999, claim_id="$bare", check_file_id="$draft"
    ): "Verdict 9999 was made by no act of the log.",
    CLAIM % "verdict_id = $first": OTHER_VERDICT,
    "UPDATE claims_claim SET verdict_id = $first WHERE id = $bare": OTHER_VERDICT.replace("$claim", "$bare"),
    CLAIM % "verdict_id = NULL": OTHER_VERDICT,
    VERDICT % "supersedes_id = $other": "Verdict $first has another supersedes, unlike act $publishing.",
}


def test_whatever_is_changed_is_named(record, unguarded):
    assert list(Verification()) == []
    unguarded()
    table = {
        Template(attack).substitute(record): [Template(fault).substitute(record)] for attack, fault in FOUND.items()
    }
    assert {attack: faults_after(attack)[:1] for attack in table} == table


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such role.")
def test_what_a_superuser_changed_as_a_replica_is_named_though_all_triggers_stand(record):
    statement = Template(VERDICT % "summary = 'x'").substitute(record)
    (fault, *_more) = faults_after("SET LOCAL session_replication_role = replica", statement)
    assert fault == f"Verdict {record['first']} has another summary, unlike act {record['publishing']}."
    assert triggers.missing(connection) == []


def test_a_content_that_is_a_file_has_its_hash_and_no_text(db):
    with acting("source.add_file", by=None) as act:
        content = {"sha256": sha256(b"Test: a file")}
        snapshot = act.add(Snapshot(source=factories.source(text=""), text="", how=Snapshot.How.FILE, **content))
        act.add(SnapshotFile(snapshot=snapshot, size=12, media_type="text/plain", added_at=act.at, **content))
    assert list(Verification()) == []


@pytest.mark.parametrize("pk", [9999, -1], ids=["after its claim's own", "before it"])
def test_a_verdict_slipped_in_between_two_follows_none(record, unguarded, pk):
    unguarded()
    copy = copied(Verdict, f"id = {record['other']}", id=pk, number=7, check_file_id=record["draft"])
    assert faults_after(copy) == [
        f"Verdict {pk} was made by no act of the log.",
        f"Verdict {pk} does not follow the verdict before it, or not on its own claim.",
    ]


def test_a_log_written_anew_as_a_whole_fits_in_itself_and_not_to_a_head_noted_before(record, unguarded):
    noted = LogHead.objects.values_list("position", "hash").get()
    assert list(Verification(noted=noted)) == []
    unguarded()
    last = Act.objects.get(position=noted[0])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE claims_act SET actor_id = NULL WHERE position = %s", [last.position])
        last.actor = None
        body = last.computed_body(list(last.changes.all()))
        forged = chained(last.position, last.previous, body)
        cursor.execute("UPDATE claims_act SET body = %s, hash = %s WHERE position = %s", [body, forged, last.position])
        cursor.execute("UPDATE claims_loghead SET hash = %s", [forged])
    assert list(Verification()) == []
    assert list(Verification(noted=noted)) == [f"Act {last.position} does not have the hash that was noted."]


def verify(*options):
    """(what is printed, the exit code's message or None) of the command."""
    out = StringIO()
    try:
        call_command("verify_log", *options, stdout=out)
    except CommandError as error:
        return out.getvalue().splitlines(), str(error)
    return out.getvalue().splitlines(), None


def test_the_command_tells_how_much_fits_and_the_head(record):
    head = LogHead.objects.get()
    lines, changes = f"{head.position:,} acts", f"{Change.objects.count():,} changes"
    expected = [
        f"Everything fits: {lines} with {changes}, 3 verdicts.",
        f"Head of the chain: {head.position}:{head.hash}",
    ]
    assert verify() == (expected, None)
    assert verify("--head", f"{head.position}:{head.hash}") == (expected, None)
    assert verify("--head", f"1:{NAUGHT}") == (["Act 1 does not have the hash that was noted."], "Not everything fits.")
    with pytest.raises(CommandError, match="write a head as"):
        call_command("verify_log", "--head", "1")


def test_the_command_names_the_first_or_all_and_the_triggers_in_any_case(record, unguarded):
    unguarded()
    with connection.cursor() as cursor:
        for statement in (ACT % "reason = 'x'", VERDICT % "summary = 'x'"):
            cursor.execute(Template(statement).substitute(record))
    missing = [
        f"The database does not refuse what it must: {each} is missing." for each in triggers.missing(connection)
    ]
    first = f"Act {record['reopening']} carries a reason that does not fit its seal."
    assert "claims_verdict_no_" in " ".join(missing)
    assert verify() == ([*missing, first], "Not everything fits.")
    (found, _error) = verify("--all")
    assert found == [*missing, first, *found[-2:]]
    assert found[-1] == f"Verdict {record['first']} carries a value that does not fit its seal: the summary."


def test_progress_is_a_bar_on_a_terminal_and_now_and_then_a_line_elsewhere(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    written = {}
    for terminal in (True, False):
        out, now[0] = StringIO(), 0.0
        out.isatty = lambda terminal=terminal: terminal
        progress = Progress(out, 400, "acts")
        for number in (100, 200, 300):
            now[0] += 6
            progress.at(number)
            progress.at(number)
        progress.gone()
        written[terminal] = out.getvalue()
    assert written[False] == " 50% 200 of 400 acts, 17 a second\n"
    assert written[True].count("\r") == 4
    assert "██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  25% 100 of 400 acts, 17 a second" in written[True]
