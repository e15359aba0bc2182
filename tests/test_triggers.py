"""A database that lost its guards says so, and a migration that rebuilds a guarded table leaves them standing."""

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_pre_migrate_signal
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor

from claims.models import Act, Change, LogHead, Snapshot, Verdict, VerdictEvidence, triggers
from claims.system_checks import triggers_stand


@pytest.mark.django_db
def test_every_frozen_table_is_guarded():
    guarded = " ".join(triggers.guards(connection))
    for model in (Act, Change, LogHead, Snapshot, Verdict, VerdictEvidence):
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
    "function": "CREATE OR REPLACE FUNCTION claims_refuse() RETURNS trigger LANGUAGE plpgsql "
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


def test_a_migration_that_alters_a_frozen_table_leaves_it_guarded(transactional_db):
    executor = MigrationExecutor(connection)
    state = executor.loader.project_state()
    operation = migrations.AlterField("verdict", "rating_slug", models.CharField(max_length=60, blank=True))
    migration = migrations.Migration("0003_test", "claims")
    altered = state.clone()
    operation.state_forwards("claims", altered)
    for before, after in ((state, altered), (altered, state)):
        emit_pre_migrate_signal(verbosity=0, interactive=False, db="default", plan=[(migration, False)])
        with connection.schema_editor() as editor:
            operation.database_forwards("claims", editor, before, after)
        call_command("migrate", verbosity=0)
        assert triggers.missing(connection) == []
