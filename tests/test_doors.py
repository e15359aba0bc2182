"""Rules 2 and 5: what was published, and the log, is changed and removed by nobody, whichever door they try."""

import shutil
from contextlib import suppress
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.urls import NoReverseMatch, reverse

from claims.access import OWN, PUBLIC
from claims.models import (
    BulkAct,
    Claim,
    ForgottenContent,
    Rating,
    Snapshot,
    SnapshotFile,
    Verdict,
    VerdictEvidence,
    triggers,
)
from claims.models.bulk import go_on, stage
from claims.models.log import acting
from claims.models.publishing import publish
from claims.models.undoing import undo
from claims.seals import sha256
from claims.states import OutsideVerb, Refused
from tests import factories
from tests.test_access import views

pytestmark = pytest.mark.django_db
SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def verdict(checker, editor, chief):
    """A verdict that corrects another one; and beside it a row for each frozen table that it does not need itself."""
    verdict = factories.replaced(factories.verdict(checker, editor), checker, editor, chief)
    with acting("source.add_file", by=None) as act:
        snapshot = Snapshot.objects.order_by("pk").first()
        file = {"snapshot": snapshot, "sha256": sha256(b"Test"), "size": 4, "media_type": "text/plain"}
        act.add(SnapshotFile(**file, added_at=act.at))
        act.add(ForgottenContent(sha256=sha256(b"Test: gone"), forgotten_at=act.at))
    return verdict


def rows():
    """Every row of every frozen table as it stands, by table and key."""
    return {
        (model._meta.db_table, row[0]): row[1:]
        for model in triggers.FROZEN
        for row in model.objects.order_by("pk").values_list(
            "pk", *(each.attname for each in model._meta.concrete_fields)
        )
    }


def execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        if not SQLITE:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE stumbles over them before the trigger
        cursor.execute(statement)


def columns(model, **other):
    """(names, values) of all columns as SQL, some with other values."""
    names = [field.column for field in model._meta.concrete_fields]
    return ", ".join(f'"{name}"' for name in names), ", ".join(other.get(name, f'"{name}"') for name in names)


def copied(model, verb="INSERT", **other):
    names, values = columns(model, **other)
    return f"{verb} INTO {model._meta.db_table} ({names}) SELECT {values} FROM {model._meta.db_table}"


def every_column(model):
    for field in model._meta.concrete_fields:
        yield f'UPDATE {model._meta.db_table} SET "{field.column}" = "{field.column}"'


def upserts(model):
    table, pk = model._meta.db_table, model._meta.pk.column
    names, values = columns(model)
    last = model._meta.concrete_fields[-1].column
    yield (
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE true "
        f'ON CONFLICT ({pk}) DO UPDATE SET "{last}" = excluded."{last}"'
    )


def replacements(model):
    """By the primary key, and by other keys, which SQLite would make way for with a DELETE."""
    table, pk = model._meta.db_table, model._meta.pk.column
    if SQLITE:
        others = {} if pk != "id" or len(triggers._unique_sets(model)) == 1 else {"id": "id + 1000"}
        yield from (copied(model, "INSERT OR REPLACE"), copied(model, "REPLACE", **others))
        yield f'UPDATE OR REPLACE {table} SET "{pk}" = 1'
    else:
        merge = f"MERGE INTO {table} AS old USING (SELECT 1) AS new ON true WHEN MATCHED THEN "
        yield from (merge + "DELETE", f'{merge}UPDATE SET "{pk}" = old."{pk}"')


SQL = {
    "UPDATE of every column": every_column,
    "DELETE": lambda model: [f"DELETE FROM {model._meta.db_table}"],
    "TRUNCATE": lambda model: [] if SQLITE else [f"TRUNCATE {model._meta.db_table} CASCADE"],
    "REPLACE or MERGE": replacements,
    "ON CONFLICT DO UPDATE": upserts,
}


@pytest.mark.parametrize("model", triggers.FROZEN, ids=lambda model: model.__name__)
def test_neither_the_database_nor_the_orm_lets_a_change_through(model, verdict):
    assert model.objects.exists(), "the verdict above has no such record: let it have one"
    before = rows()
    for door in SQL.values():
        for statement in door(model):
            with pytest.raises(IntegrityError, match="is frozen"):
                execute(statement)
    for door in ORM.values():
        with pytest.raises((OutsideVerb, IntegrityError, models.ProtectedError)), transaction.atomic():
            door(model)
    assert rows() == before


BARE = "(SELECT max(id) FROM claims_claim WHERE verdict_id IS NULL)"
DRAFT = "(SELECT max(id) FROM claims_check WHERE state = 'drafting')"
NEWEST = "(SELECT max(id) FROM claims_verdict)"
# Rows that may be written each by itself, and would say together what nobody published.
FORGED = {
    "evidence afterwards": copied(VerdictEvidence, id="id + 1000", line="line + 1"),
    "evidence far behind": copied(VerdictEvidence, id="id + 1000", line="99"),
    "a first verdict beside one": copied(Verdict, id="1000", check_file_id=DRAFT, number="1", supersedes_id="NULL"),
    "a verdict of another claim's check": copied(Verdict, id="1000", claim_id=BARE, number="1", supersedes_id="NULL"),
    "a second verdict that follows none": copied(Verdict, id="1000", claim_id=BARE, check_file_id=DRAFT),
    "one that follows another claim's": copied(
        Verdict, id="1000", claim_id=BARE, check_file_id=DRAFT, number="3", supersedes_id=NEWEST
    ),
    "a claim without its verdict": "UPDATE claims_claim SET verdict_id = NULL",
    "a claim with an older verdict": "UPDATE claims_claim SET verdict_id = verdict_id - 1 WHERE verdict_id IS NOT NULL",
    "a claim in the place of a published one": copied(Claim, "INSERT" if not SQLITE else "REPLACE", verdict_id="NULL"),
    "a claim with another's": f"UPDATE claims_claim SET verdict_id = {NEWEST} - 1 WHERE id = {BARE}",
}


def test_the_database_takes_no_forged_row(verdict, checker):
    factories.draft(by=checker)
    for statement in FORGED.values():
        # PostgreSQL, which knows no REPLACE, refuses a claim in another's place by the number alone.
        with pytest.raises(IntegrityError, match=r"is frozen|\(id\)=\(\d+\) already exists"):
            execute(statement)


def first(model):
    return model.objects.order_by("pk").first()


def last(model):
    return model._meta.concrete_fields[-1].name


# Django's own, past the managers of ours that would refuse it first.
ORM = {
    "save": lambda model: models.Model.save_base(first(model)),
    "update": lambda model: models.QuerySet(model).update(**{last(model): models.F(last(model))}),
    "bulk_update": lambda model: models.QuerySet(model).bulk_update([first(model)], [last(model)]),
    "bulk_create with update_conflicts": lambda model: models.QuerySet(model).bulk_create(
        [first(model)], update_conflicts=True, unique_fields=["pk"], update_fields=[last(model)]
    ),
    "update_or_create": lambda model: models.QuerySet(model).update_or_create(pk=first(model).pk),
    "delete of a record": lambda model: models.Model.delete(first(model)),
    "delete": lambda model: models.QuerySet(model).filter(pk=first(model).pk).delete(),
    "_raw_delete": lambda model: models.QuerySet(model)._raw_delete("default"),
}


VERBS = {
    "edit": lambda verdict, chief: verdict.check_file.edit(by=chief, summary="Test: another", replacement_note="Test"),
    "take back": lambda verdict, chief: verdict.check_file.take_back(by=chief),
    "send back": lambda verdict, chief: verdict.check_file.send_back(by=chief, reason="Test"),
    "withdraw approval": lambda verdict, chief: verdict.check_file.withdraw_approval(by=chief, reason="Test"),
    "approve": lambda verdict, chief: verdict.check_file.approve(by=chief),
    "publish": lambda verdict, chief: publish(verdict.check_file, by=chief),
    "abandon": lambda verdict, chief: verdict.check_file.abandon(by=chief, reason="Test"),
    "undo": lambda verdict, chief: undo(factories.last_act(verdict), by=chief),
    "decline": lambda verdict, chief: verdict.claim.decline(by=chief, reason="Test"),
    "put back": lambda verdict, chief: verdict.claim.put_back(by=chief),
    "fixture": lambda verdict, chief: call_command("loaddata", "verdicts.json"),
}


def test_no_verb_leads_back(verdict, chief):
    before = rows()
    for door in VERBS.values():
        with pytest.raises((Refused, CommandError)):
            door(verdict, chief)
    assert rows() == before


@pytest.mark.parametrize(
    ("deed", "values"), [("rate", {"rating": 1}), ("decline", {}), ("put-back", {}), ("submit", {})]
)
def test_no_bulk_act_reaches_it(deed, values, verdict, chief):
    values = {"rating": Rating.objects.get(slug="false").pk} if values else {}
    before = rows()
    done = stage(deed, Claim.objects.filter(pk=verdict.claim_id), by=chief, reason="Test", **values)
    while not done.finished:
        done = go_on(done, by=chief, expected=done.done)
    assert (done.changed, len(done.refused)) == (0, 1)
    assert rows() == before


def addresses(verdict):
    """Every address that is not open to everybody: of the admin with the newest record that it is about, of the desk
    with the claim and with the check."""
    for namespace, pattern in views():
        given = pattern.pattern.converters.keys()
        if not pattern.name or pattern.callback.access in {PUBLIC, OWN} or not given <= {"pk", "object_id"}:
            continue
        keys = {verdict.claim_id, verdict.check_file_id}
        if namespace == "admin" and given:
            keys = apps.get_model("claims", pattern.name.split("_")[1])._base_manager.order_by("-pk")[:1]
            keys = keys.values_list("pk", flat=True)
        name = f"{namespace}:{pattern.name}" if namespace else pattern.name
        with suppress(NoReverseMatch):  # it is fixed in the pattern which one is meant
            yield from {reverse(name, args=[key] * len(given)) for key in keys}


def test_a_pasted_table_does_not_reach_it(verdict, chief, client):
    client.force_login(chief)
    before = rows()
    table = f"claim_id,draft_rating\n{verdict.claim_id},false"
    client.post(reverse("admin:claims_bulkact_table"), {"table": table, "once": ""})
    done = BulkAct.objects.get()
    while not done.finished:
        done = go_on(done, by=chief, expected=done.done)
    assert (done.changed, len(done.refused)) == (0, 1)
    assert rows() == before


def test_a_case_loaded_again_with_other_ratings_changes_no_verdict(db, settings, tmp_path):
    shutil.copytree(settings.SEEDS_DIR, tmp_path / "seeds")
    settings.SEEDS_DIR = tmp_path / "seeds"
    call_command("seed", "demo", stdout=StringIO())
    before = rows()
    case = settings.SEEDS_DIR / "demo" / "claims.toml"
    written = case.read_text(encoding="utf-8")
    other = written.replace('rating = "false"', 'rating = "true"').replace('rating = "mostly-false"', 'rating = "true"')
    assert other != written and Verdict.objects.filter(rating_slug__in=["false", "mostly-false"]).exists()
    case.write_text(other, encoding="utf-8")
    call_command("seed", "demo", stdout=StringIO())
    assert rows() == before


def test_whatever_is_sent_to_whatever_address_they_stay_as_they_are(verdict, client):
    """By one who may do everything: every field of the frozen tables, with a value that suits texts and numbers."""
    everybody = factories.person("ada", "administrator", "managing-editor")
    client.force_login(everybody)
    before = rows()
    fields = (field.name for model in triggers.FROZEN for field in model._meta.concrete_fields)
    typed = dict.fromkeys(fields, "7") | {"version": "1", "reason": "Test", "action": "delete_selected"}
    asked = [client.post(address, typed) for address in addresses(verdict)]
    assert len(asked) > 150
    assert rows().items() >= before.items()
    assert verdict.is_intact()
