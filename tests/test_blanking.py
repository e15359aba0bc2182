"""The triggers let the blanking of a confirmed redaction through, and nothing else; what passed them is found."""

import json
import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from claims.models import Act, Change, Snapshot
from claims.models.chain import chain_breaks
from claims.models.log import acting
from claims.models.redaction.blanked import unnamed
from claims.models.redaction.redacting import ask, confirm
from claims.models.verifying import Verification
from tests import factories

pytestmark = pytest.mark.django_db
NEW = "It was [redacted]."


@pytest.fixture
def second(db):
    return factories.person("sam", "managing-editor", name="Sam Testperson")


@pytest.fixture
def verdict(checker, editor):
    return factories.verdict(checker, editor, summary="It was Zephyrine Quillfeather.")


@pytest.fixture
def confirmed(chief, second):
    redaction = ask(by=chief, words="Zephyrine Quillfeather", reason="Test", ground="Test order")
    return confirm(factories.looked_through(redaction), by=second)


def update(record, **columns):
    """Raw SQL, in a savepoint."""
    table, assigned = record._meta.db_table, ", ".join(f'"{name}" = %s' for name in columns)
    values = [json.dumps(each) if isinstance(each, dict | list) else each for each in columns.values()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET {assigned} WHERE "{record._meta.pk.column}" = %s', [*values, record.pk])


def without_salt(record, name):
    _salt, its_hash = record.seals[name]
    return record.seals | {name: [None, its_hash]}


def name_it(record, batch, verb="redaction.blank", **values):
    """An act that says so, as the program writes it."""
    with acting(verb, by=None, batch=batch) as act:
        act.tell(record, {name: [None, value] for name, value in values.items()})


def refused(record, **columns):
    with pytest.raises(DatabaseError, match="is frozen"):
        update(record, **columns)


def test_nothing_passes_without_an_act_that_names_it(verdict, confirmed):
    refused(verdict, summary=NEW, seals=without_salt(verdict, "summary"))
    for record, columns in (
        (Act.objects.first(), {"reason": ""}),
        (Change.objects.first(), {"values": {}}),
        (Snapshot.objects.first(), {"text": "█"}),
        (verdict.frozen_evidence.get(), {"excerpt": ""}),
    ):
        refused(record, **columns)


def test_nothing_passes_but_exactly_what_the_act_names(verdict, confirmed):
    with transaction.atomic():
        name_it(verdict, confirmed.batch, summary=NEW)
        gone = without_salt(verdict, "summary")
        refused(verdict, summary=NEW)
        refused(verdict, summary="It was somebody else.", seals=gone)
        refused(verdict, summary=NEW, seals=gone | {"summary": [None, "0" * 64]})
        refused(verdict, summary=NEW, seals=gone | {"quote": [None, verdict.seals["quote"][1]]})
        refused(verdict, summary=NEW, seals=gone, disclosures="x")
        refused(verdict, explanation=NEW, seals=without_salt(verdict, "explanation"))
        refused(verdict, summary=NEW, seals=gone, digest="0" * 64)
        update(verdict, summary=NEW, seals=gone)
    verdict.refresh_from_db()
    assert (verdict.summary, verdict.is_intact(), unnamed([verdict])) == (NEW, True, [])


@pytest.mark.parametrize("name", ["number", "rating_slug", "published_by_id", "digest"])
def test_what_is_no_text_is_never_blanked(name, verdict, confirmed):
    with transaction.atomic():
        name_it(verdict, confirmed.batch, **{name: "1"})
        refused(verdict, **{name: "1"})


def test_a_line_of_the_log_is_blanked_by_the_same_rule(verdict, confirmed):
    line = Change.objects.get(kind="verdict", object_id=verdict.pk)
    pair = [None, NEW]
    seals = line.seals | {"summary": [line.seals["summary"][0], [None, line.seals["summary"][1][1]]]}
    with transaction.atomic():
        with acting("redaction.blank", by=None, batch=confirmed.batch) as act:
            act.note("change", object_id=line.act_id, **{f"{line.line}.summary": pair})
        refused(line, values=line.values | {"summary": pair})
        refused(line, values=line.values | {"summary": [None, "x"]}, seals=seals)
        refused(line, values=line.values | {"summary": pair, "quote": [None, ""]}, seals=seals)
        update(line, values=line.values | {"summary": pair}, seals=seals)
    line.refresh_from_db()
    assert unnamed([line]) == []


def test_a_snapshot_stays_as_long_as_it_was(verdict, confirmed):
    snapshot = Snapshot.objects.first()
    with transaction.atomic():
        name_it(snapshot, confirmed.batch, text="0" * 64)
        refused(snapshot, text="█")
        refused(snapshot, text="█" * len(snapshot.text), sha256="0" * 64)


def two_acts(batch, first, second):
    for verb, by in (("redaction.ask", first), ("redaction.confirm", second)):
        with acting(verb, by=by, batch=batch) as act:
            act.note("redaction", said=True)


def test_one_person_under_two_acts_opens_nothing(verdict, chief):
    batch = uuid.uuid4()
    two_acts(batch, chief, chief)
    with transaction.atomic():
        name_it(verdict, batch, summary=NEW)
        refused(verdict, summary=NEW, seals=without_salt(verdict, "summary"))


def test_it_is_closed_by_the_next_act_and_for_good_when_the_redaction_is_over(verdict, confirmed):
    gone = without_salt(verdict, "summary")
    name_it(verdict, confirmed.batch, summary=NEW)
    factories.claim()
    refused(verdict, summary=NEW, seals=gone)
    with transaction.atomic():
        name_it(confirmed, confirmed.batch, verb="redaction.finish", state="blanked")
        name_it(verdict, confirmed.batch, summary=NEW)
        refused(verdict, summary=NEW, seals=gone)


def test_what_was_blanked_past_the_triggers_is_found(verdict, drop_guards):
    drop_guards()
    update(verdict, summary="It was somebody else.", seals=without_salt(verdict, "summary"))
    act = Act.objects.exclude(reason="").first()
    update(act, reason="", reason_seal=[None, act.reason_seal[1]])
    snapshot = Snapshot.objects.first()
    update(snapshot, text="Another text.")
    for record in (verdict, act, snapshot):
        record.refresh_from_db()
    assert [name for _record, name in unnamed([verdict, act, snapshot])] == ["summary", "reason", "text"]
    assert (act.pk, "lost its reason otherwise than a redaction says") in chain_breaks()
    found = set(Verification())
    assert f"Verdict {verdict.pk} lost its summary otherwise than a redaction says." in found
    assert f"Snapshot {snapshot.pk} has another text than its hash says, and than any redaction." in found
