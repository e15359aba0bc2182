"""A database that lost its guards says so, and a migration that rebuilds a guarded table leaves them standing."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from claims import migrations as migrations_of_claims
from claims.models import Claim, LogHead, triggers
from claims.system_checks import triggers_stand

GUARDED = [*triggers.FROZEN, LogHead, Claim]


@pytest.mark.django_db
def test_every_frozen_table_is_guarded():
    guarded = " ".join(triggers.guards(connection))
    for model in GUARDED:
        assert model._meta.db_table in guarded
    assert triggers.missing(connection) == []
    assert triggers_stand(None, databases=["default"]) == []


def test_a_missing_trigger_is_an_error_with_a_hint_and_migrate_puts_it_back(drop_guards):
    drop_guards()
    (error,) = triggers_stand(None, databases=["default"])
    assert "claims_verdict_no_" in error.msg
    assert error.hint.startswith("Run manage.py migrate")
    call_command("migrate", verbosity=0, skip_checks=False)  # as from the shell
    assert triggers_stand(None, databases=["default"]) == []


def test_a_trigger_that_stands_but_does_nothing_counts_as_missing(transactional_db):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            name = "claims_act_no_delete"
            cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(f"CREATE TRIGGER {name} BEFORE DELETE ON claims_act BEGIN SELECT 1; END")
        else:
            name = "claims_act_no_change"
            cursor.execute(f"ALTER TABLE claims_act DISABLE TRIGGER {name}")
    assert triggers.missing(connection) == [name]
    triggers.install(connection)
    assert triggers.missing(connection) == []


REMADE = "DROP TRIGGER claims_verdict_no_change ON claims_verdict; CREATE TRIGGER claims_verdict_no_change "
HOLLOWED = {
    "function": "CREATE OR REPLACE FUNCTION claims_verdict_frozen() RETURNS trigger LANGUAGE plpgsql "
    "AS $$ BEGIN RETURN NEW; END $$",
    "moment": f"{REMADE} BEFORE DELETE ON claims_verdict FOR EACH ROW EXECUTE FUNCTION claims_refuse()",
    "condition": f"{REMADE} BEFORE DELETE OR UPDATE ON claims_verdict FOR EACH ROW WHEN (false) "
    "EXECUTE FUNCTION claims_refuse()",
}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps in the trigger itself all that it does.")
@pytest.mark.parametrize("sql", HOLLOWED.values(), ids=HOLLOWED)
def test_a_hollowed_trigger_counts_as_missing(sql, transactional_db):
    with connection.cursor() as cursor:
        cursor.execute(sql)
    (error,) = triggers_stand(None, databases=["default"])
    assert "claims_verdict_no_change" in error.msg
    call_command("migrate", verbosity=0)
    assert triggers_stand(None, databases=["default"]) == []


MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("claims", "{last}")]
    operations = [
        migrations.AddConstraint(name, models.CheckConstraint(condition=models.Q(pk__gte=-7), name=f"test_of_{{name}}"))
        for name in {names}
    ]
"""


def test_a_migration_that_alters_each_guarded_table_leaves_them_guarded(
    transactional_db, settings, tmp_path, monkeypatch
):
    """A constraint rebuilds a table on SQLite, and takes its triggers away without a word."""
    (last,) = (name for _app, name in MigrationLoader(connection).graph.leaf_nodes("claims"))
    names = [model._meta.model_name for model in GUARDED]
    folder = tmp_path / "altering_migrations"
    folder.mkdir()
    (folder / "__init__.py").write_text(f"__path__.append({migrations_of_claims.__path__[0]!r})")
    (folder / "9999_test.py").write_text(MIGRATION.format(last=last, names=names))
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"claims": "altering_migrations"}
    for target, there in (("9999_test", True), (last, False)):
        call_command("migrate", "claims", target, verbosity=0)
        with connection.cursor() as cursor:
            held = [connection.introspection.get_constraints(cursor, model._meta.db_table) for model in GUARDED]
        assert [f"test_of_{name}" in each for name, each in zip(names, held, strict=True)] == [there] * len(names)
        assert triggers.missing(connection) == []
    assert triggers_stand(None, databases=["default"]) == []
