"""Rules 4 and 5: every change is a verb, and the log of verbs cannot be thinned out."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from claims.models import Act, Change, Claim, Claimant, LogHead, Topic, User
from claims.models.chain import chain_breaks
from claims.models.editing import add_topic, edit_claimant, edit_topic
from claims.models.evidencing import edit_evidence
from claims.models.guarded import Guarded
from claims.models.leaving import deactivate
from claims.models.log import acting
from claims.models.noting import add_appearance, edit_appearance, edit_claim
from claims.seals import ORIGIN
from claims.states import VERBS, AlreadyDone, NotAllowed, OutsideVerb, Stale
from tests import factories

pytestmark = pytest.mark.django_db

GUARDED = [model for model in Guarded.__subclasses__() for model in [model, *model.__subclasses__()]]
RECORDS = [model for model in GUARDED if not model._meta.abstract]


def sql(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE stumbles over them before the trigger
        cursor.execute(statement)


def test_an_act_says_who_what_when_why_and_each_value(checker):
    claim = factories.claim(by=checker)
    claim.select(by=checker, why="harm", reason="Made up for a test")
    act = Act.objects.of_claim(claim).first()
    line = act.changes.get()
    assert (act.verb, act.actor, act.reason, act.batch) == (
        "claim.select",
        checker,
        "Made up for a test",
        None,
    )
    assert (line.kind, line.object_id, line.claim_id) == ("claim", claim.pk, claim.pk)
    assert line.values == {
        "decision": ["noted", "selected"],
        "status": ["noted", "selected"],
        "why_selected": ["", "harm"],
        "decision_reason": ["", "Made up for a test"],
    }


def test_the_chain_starts_at_the_origin_and_its_head_is_the_last_act(checker):
    factories.claim(by=checker)
    first, last = Act.objects.order_by("position").first(), Act.objects.order_by("position").last()
    head = LogHead.objects.get()
    assert first.previous == ORIGIN
    assert (head.position, head.hash) == (last.position, last.hash)
    assert list(chain_breaks()) == []


def test_a_verb_that_changes_nothing_leaves_no_line(checker):
    topic = add_topic(by=checker, name="Lamps")
    before = Act.objects.count()
    edit_topic(topic, by=checker, name="Lamps")
    assert Act.objects.count() == before
    assert Topic.objects.get(pk=topic.pk).version == 1


def test_a_refused_verb_leaves_nothing(checker):
    claim = factories.claim(by=checker)
    before = Act.objects.count()
    with pytest.raises(ValidationError):
        claim.select(by=checker, why="harm", reason=" ")
    with pytest.raises(ValidationError):
        claim.select(by=checker, why="fun", reason="because")
    assert (Act.objects.count(), Claim.objects.get(pk=claim.pk).status) == (before, "noted")


def test_a_form_sent_twice_acts_once(checker):
    once = uuid.uuid4()
    made = add_topic(by=checker, name="Lamps", once=once)
    with pytest.raises(AlreadyDone) as refusal:
        add_topic(by=checker, name="Lamps again", once=once)
    assert refusal.value.act.changes.get().object_id == made.pk
    assert Topic.objects.count() == 1


def test_a_stale_version_changes_nothing_and_tells_what_stands(checker, editor):
    claim = factories.claim(by=checker)
    seen = claim.version
    edit_claim(claim, by=editor, statement="Forty lamps were relit in May")
    with pytest.raises(Stale) as refusal:
        edit_claim(Claim.objects.get(pk=claim.pk), by=checker, version=seen, statement="Mine")
    assert refusal.value.theirs.statement == "Forty lamps were relit in May"
    assert Claim.objects.get(pk=claim.pk).statement == "Forty lamps were relit in May"


def test_every_verb_with_a_permission_refuses_who_has_no_role(outsider):
    for name, verb in VERBS.items():
        if verb.permission:
            with pytest.raises(NotAllowed), acting(name, by=outsider):
                raise AssertionError("the block of a refused verb never runs")


def test_nobody_logged_in_is_not_the_system():
    with pytest.raises(NotAllowed), acting("claim.note", by=AnonymousUser()):
        raise AssertionError("the block of a refused verb never runs")


def test_a_deactivated_person_may_do_nothing(checker, chief):
    admin = factories.person("ada", "administrator")
    deactivate(checker, by=admin)
    with pytest.raises(NotAllowed):
        factories.claim(by=User.objects.get(pk=checker.pk))


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model.__name__)
def test_records_refuse_every_door_of_the_orm(model):
    record = model()
    doors = [
        record.save,
        record.delete,
        lambda: model.objects.create(),
        lambda: model.objects.bulk_create([record]),
        lambda: model.objects.bulk_update([record], ["id"]),
        lambda: model.objects.all().update(pk=1),
        lambda: model.objects.all().delete(),
        lambda: model.objects.get_or_create(pk=1),
        lambda: model.objects.update_or_create(pk=1),
        lambda: model._base_manager.all().update(pk=1),
        lambda: model._base_manager.all()._raw_delete("default"),
    ]
    for door in doors:
        with pytest.raises(OutsideVerb):
            door()


def test_verbs_take_only_what_is_for_callers_to_say(checker, editor):
    check = factories.draft(by=checker)
    claim = check.claim
    other = factories.claim()
    for door in (
        lambda: check.edit(by=checker, state="approved", submitted_by=checker, approved_by=editor),
        lambda: edit_claim(claim, by=checker, status="published"),
        lambda: edit_claim(claim, by=checker, verdict=None),
        lambda: edit_appearance(claim.principal_appearance, by=checker, claim=other),
        lambda: edit_evidence(claim.evidence.get(), by=checker, claim=other),
        lambda: add_appearance(claim, by=checker, source=factories.source(), quote=factories.QUOTE, version=7),
        lambda: factories.claim(decision="selected"),
        lambda: checker.edit(by=factories.person(None, "administrator"), password="x"),
    ):
        with pytest.raises((OutsideVerb, TypeError)):
            door()
    check.refresh_from_db()
    assert check.state == "drafting"


def test_related_managers_refuse_too(checker):
    claim = factories.claim(by=checker)
    topic = add_topic(by=checker, name="Lamps")
    for door in (
        lambda: claim.topics.add(topic),
        lambda: claim.topics.set([topic]),
        lambda: claim.topics.create(name="More"),
        lambda: claim.appearances.create(),
        lambda: claim.appearances.add(claim.principal_appearance),
        lambda: claim.claimant.claims.update(priority=4),
    ):
        with pytest.raises(OutsideVerb), transaction.atomic():
            door()
    claim = Claim.objects.get(pk=claim.pk)
    assert (list(claim.topics.all()), claim.priority) == ([], 2)


def test_accounts_are_neither_made_nor_raised_nor_removed_past_their_verbs(checker):
    checker.roles = ["managing-editor"]
    for door in (
        checker.save,
        checker.delete,
        lambda: User(username="new").save(),
        lambda: User.objects.create(username="new"),
        lambda: User.objects.filter(pk=checker.pk).update(roles=["managing-editor"]),
        lambda: User.objects.filter(pk=checker.pk).update(is_active=False),
        lambda: User.objects.filter(pk=checker.pk).update(username="other"),
        lambda: User.objects.bulk_update([checker], ["roles"]),
        lambda: User.objects.bulk_update([checker], ["email"]),
        lambda: User.objects.filter(pk=checker.pk).delete(),
    ):
        with pytest.raises(OutsideVerb):
            door()
    assert User.objects.get(pk=checker.pk).roles == ["fact-checker"]


@pytest.mark.parametrize("name", ["username", "name", "email", "is_active", "mail_choice"])
def test_what_the_log_knows_of_an_account_is_saved_by_verbs_alone(name, checker):
    before = getattr(checker, name)
    setattr(checker, name, "" if name == "is_active" else "other@desk.example")
    for asked in ({}, {"update_fields": [name]}):
        with pytest.raises(OutsideVerb):
            checker.save(**asked)
    checker = User.objects.get(pk=checker.pk)
    checker.set_password("another-test-password")
    checker.save()
    kept = User.objects.get(pk=checker.pk)
    assert (getattr(kept, name), kept.check_password("another-test-password")) == (before, True)


def deserialized(record):
    """What a fixture holds of a record, ready to be saved."""
    return next(serializers.deserialize("json", serializers.serialize("json", [record])))


def test_a_fixture_writes_no_logged_record(checker):
    claim = factories.claim(by=checker)
    for record in (claim, claim.principal_appearance.anchors.get(), Act.objects.first(), checker):
        with pytest.raises(OutsideVerb), transaction.atomic():
            deserialized(record).save()


def test_only_an_administrator_gives_roles(checker, chief):
    for person in (checker, chief):
        with pytest.raises(NotAllowed):
            person.edit(by=person, roles=["administrator"])
    admin = factories.person("ada", "administrator")
    checker.edit(by=admin, roles=["editor"])
    assert User.objects.get(pk=checker.pk).may("approve_checks")
    assert Act.objects.of(checker).first().changes.get().values == {"roles": [["fact-checker"], ["editor"]]}


def test_nothing_is_slipped_in_elsewhere_than_behind_the_head(checker):
    factories.claim(by=checker)
    add_topic(by=checker, name="Lamps")
    for table, moved in (("claims_act", {"position": "position + 1000"}), ("claims_change", {"line": "line + 90"})):
        model = {"claims_act": Act, "claims_change": Change}[table]
        columns = [field.column for field in model._meta.concrete_fields if field.column != "id"]
        names = ", ".join(f'"{column}"' for column in columns)
        chosen = ", ".join(moved.get(column, f'"{column}"') for column in columns)
        oldest = "position = 1" if table == "claims_act" else "act_id = 1"
        with pytest.raises(IntegrityError, match="out of place"):
            sql(f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} WHERE {oldest}")


def test_the_head_only_goes_forward(checker):
    factories.claim(by=checker)
    for statement in (
        "UPDATE claims_loghead SET position = position - 1",
        "UPDATE claims_loghead SET hash = 'x'",
        "UPDATE claims_loghead SET id = 2, position = position + 1",
        "UPDATE claims_loghead SET position = position + 2",
        "UPDATE claims_loghead SET position = position + 1",
        "UPDATE claims_loghead SET position = position + 1, hash = (SELECT max(hash) FROM claims_act)",
        "INSERT INTO claims_loghead (id, position, hash) VALUES (2, 0, 'x')",
        "DELETE FROM claims_loghead",
    ):
        with pytest.raises(IntegrityError):
            sql(statement)


def tampered(model, drop_guards, **values):
    drop_guards()
    row = models.QuerySet(model).order_by("pk")[2]
    models.QuerySet(model).filter(pk=row.pk).update(**values)
    return row


def test_a_changed_value_is_found_though_the_triggers_were_dropped(checker, drop_guards):
    factories.claim(by=checker)
    row = tampered(Change, drop_guards, values={"name": [None, "Somebody else"]})
    assert [position for position, _what in chain_breaks()] == [row.act_id]


@pytest.mark.parametrize("values", [{"verb": "claim.edit"}, {"previous": ORIGIN}, {"hash": ORIGIN}, {"reason": "x"}])
def test_a_changed_act_is_found(values, checker, drop_guards):
    factories.claim(by=checker)
    row = tampered(Act, drop_guards, **values)
    assert next(position for position, _what in chain_breaks()) == row.position


def test_a_removed_act_is_found(checker, drop_guards):
    claim = factories.claim(by=checker)
    add_appearance(claim, by=checker, source=factories.source(), quote=factories.QUOTE)
    drop_guards()
    last = Act.objects.order_by("-position").first()
    models.QuerySet(Change).filter(act=last).delete()
    models.QuerySet(Act).filter(pk=last.pk).delete()
    assert list(chain_breaks()) == [(last.position, "is where the chain ends, but the head says otherwise")]


def test_a_claimant_whose_roles_or_aliases_changed_is_another_version(checker):
    person = factories.claimant(roles=[{"role": "keeper", "since": None, "until": None, "party": ""}])
    seen = person.version
    edit_claimant(person, by=checker, roles=[])
    edit_claimant(person, by=checker, aliases=["The Lamp Lady"])
    assert Claimant.objects.get(pk=person.pk).version == seen + 2
    with pytest.raises(Stale):
        edit_claimant(person, by=checker, version=seen, roles=[])
