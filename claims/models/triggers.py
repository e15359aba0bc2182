"""What the database itself refuses. Installed after every migration, since Django's table rebuild on SQLite drops
triggers without a word; system_checks.py fails where one is missing."""

from django.db.models import UniqueConstraint

from claims.models.files import ForgottenContent, SnapshotFile
from claims.models.log import Act, Change
from claims.models.redaction.blanking import is_blanking
from claims.models.searchdocuments import SearchDocument
from claims.models.sources import Snapshot, Source
from claims.models.verdicts import Verdict, VerdictEvidence

FROZEN = (Act, Change, Snapshot, SnapshotFile, ForgottenContent, Verdict, VerdictEvidence)
SEARCH_INDEX = "claims_searchindex"
SEARCH_COLUMNS = ("statement", "quotes", "names", "sources")
SOURCE_INDEX = "claims_sourceindex"
# What SQLite's triggers keep in step with its tables: (model, full text index, its columns).
INDEXED = ((SearchDocument, SEARCH_INDEX, SEARCH_COLUMNS), (Source, SOURCE_INDEX, ("words",)))


def _unique_sets(model):
    """Column lists of which no two rows may share all: what INSERT OR REPLACE would otherwise replace by."""
    meta = model._meta
    unique = [each for each in meta.constraints if isinstance(each, UniqueConstraint)]
    fields = [(field,) for field in meta.concrete_fields if field.unique]
    fields += [tuple(meta.get_field(name) for name in constraint.fields) for constraint in unique]
    return [[field.column for field in each] for each in fields]


def _sqlite_frozen(model):
    table = model._meta.db_table
    refuse = f"SELECT RAISE(ABORT, '{table} is frozen: its rows are never changed or removed')"
    other = f"WHEN NOT {is_blanking(model, 'sqlite')}"
    for act, when in (("UPDATE", other), ("DELETE", "")):
        yield f"{table}_no_{act.lower()}", f"BEFORE {act} ON {table} {when} BEGIN {refuse}; END"
    same = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {' AND '.join(f'{column} = NEW.{column}' for column in columns)})"
        for columns in _unique_sets(model)
    )
    yield f"{table}_no_replace", f"BEFORE INSERT ON {table} WHEN {same} BEGIN {refuse}; END"


# What is refused, {(table, name): (when it is looked at, condition on OLD and NEW)}.
_AT_HEAD = "EXISTS (SELECT 1 FROM claims_loghead WHERE id = 1 AND {0} NOT BETWEEN position AND position + 1)"
_PIECES = "(SELECT count(*) FROM claims_verdictevidence WHERE verdict_id = NEW.verdict_id)"
_PROMISED = "(SELECT evidence_count FROM claims_verdict WHERE id = NEW.verdict_id)"
_BEFORE_IT = "id = NEW.supersedes_id AND claim_id = NEW.claim_id AND number = NEW.number - 1"
_FOLLOWS = (
    f"((NEW.supersedes_id IS NULL AND NEW.number = 1) OR EXISTS (SELECT 1 FROM claims_verdict WHERE {_BEFORE_IT})) "
    "AND EXISTS (SELECT 1 FROM claims_check WHERE id = NEW.check_file_id AND claim_id = NEW.claim_id)"
)
_IN_FORCE = (
    "EXISTS (SELECT 1 FROM claims_verdict WHERE id = NEW.verdict_id AND claim_id = NEW.id) "
    "AND NOT EXISTS (SELECT 1 FROM claims_verdict WHERE supersedes_id = NEW.verdict_id)"
)
_ITS_ACT = "(SELECT 1 FROM claims_act WHERE position = NEW.position AND hash = NEW.hash)"
CLOSED = {
    # An act, and a line of one, stands right behind the head: PostgreSQL moves it in the same statement.
    ("claims_act", "out_of_place"): ("BEFORE INSERT", _AT_HEAD.format("NEW.position")),
    ("claims_change", "out_of_place"): ("BEFORE INSERT", _AT_HEAD.format("NEW.act_id")),
    # A verdict's evidence comes with it, piece by piece, and is complete then.
    ("claims_verdictevidence", "afterwards"): (
        "BEFORE INSERT",
        f"NEW.line <> {_PIECES} + 1 OR NEW.line > {_PROMISED}",
    ),
    ("claims_loghead", "second"): ("BEFORE INSERT", "EXISTS (SELECT 1 FROM claims_loghead)"),
    ("claims_loghead", "way_back"): ("BEFORE UPDATE", "NEW.id <> OLD.id OR NEW.position <> OLD.position + 1"),
    # The head is where an act is. On PostgreSQL that act comes in the same statement, and is there when it has ended.
    ("claims_loghead", "way_to_nowhere"): ("AFTER UPDATE", f"NOT EXISTS {_ITS_ACT}"),
    # What was published stays published; it is superseded.
    ("claims_claim", "unpublishing"): ("BEFORE UPDATE", "OLD.verdict_id IS NOT NULL AND NEW.verdict_id IS NULL"),
    # Nor is it by a claim that takes the other's place, as REPLACE does on SQLite past the triggers of UPDATE.
    ("claims_claim", "replacement"): (
        "BEFORE INSERT",
        "EXISTS (SELECT 1 FROM claims_claim WHERE id = NEW.id AND verdict_id IS NOT NULL)",
    ),
    # A verdict comes of a check of its claim and behind the verdict before it; the claim shows its last alone.
    ("claims_verdict", "out_of_order"): ("BEFORE INSERT", f"NOT ({_FOLLOWS})"),
    ("claims_claim", "other_verdict"): (
        "BEFORE UPDATE",
        f"NEW.verdict_id IS NOT NULL AND (OLD.verdict_id IS NULL OR OLD.verdict_id <> NEW.verdict_id) "
        f"AND NOT ({_IN_FORCE})",
    ),
}


# PostgreSQL knows no REPLACE. There the question would be planned once, for an empty table, and asked of each of a
# million claims that come in one statement.
SQLITE_ALONE = {("claims_claim", "replacement")}
POSTGRES_CLOSED = {key: closed for key, closed in CLOSED.items() if key not in SQLITE_ALONE}


def _sqlite_closed():
    for (table, name), (when, where) in CLOSED.items():
        refuse = f"SELECT RAISE(ABORT, '{table} is frozen: {name.replace('_', ' ')}')"
        yield f"{table}_no_{name}", f"{when} ON {table} WHEN {where} BEGIN {refuse}; END"
    refuse = "SELECT RAISE(ABORT, 'claims_loghead is frozen: it only goes forward')"
    yield "claims_loghead_no_delete", f"BEFORE DELETE ON claims_loghead BEGIN {refuse}; END"


def _sqlite_search(model, index, names):
    table, pk, columns = model._meta.db_table, model._meta.pk.column, ", ".join(names)
    new, old = (", ".join(f"{row}.{name}" for name in (pk, *names)) for row in ("NEW", "OLD"))
    add = f"INSERT INTO {index}(rowid, {columns}) VALUES ({new});"
    drop = f"INSERT INTO {index}({index}, rowid, {columns}) VALUES ('delete', {old});"
    yield f"{table}_index_insert", f"AFTER INSERT ON {table} BEGIN {add} END"
    yield f"{table}_index_delete", f"AFTER DELETE ON {table} BEGIN {drop} END"
    yield f"{table}_index_update", f"AFTER UPDATE ON {table} BEGIN {drop} {add} END"


def _postgres_frozen(model):
    table = model._meta.db_table
    yield f"{table}_no_change", table, f"BEFORE DELETE OR UPDATE ON {table} FOR EACH ROW", f"{table}_frozen"
    yield f"{table}_no_truncate", table, f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "claims_refuse"


def _postgres_closed():
    """(trigger, table, when, function): each condition is a function, since WHEN may not ask another table."""
    for (table, name), (when, _where) in POSTGRES_CLOSED.items():
        yield f"{table}_no_{name}", table, f"{when} ON {table} FOR EACH ROW", f"{table}_{name}"
    for act, each in (("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        when = f"BEFORE {act} ON claims_loghead FOR EACH {each}"
        yield f"claims_loghead_no_{act.lower()}", "claims_loghead", when, "claims_refuse"


_RAISE = "RAISE EXCEPTION '% is frozen: {0}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'"


def _postgres_functions():
    """{name: body} of the functions that the triggers call."""
    never = _RAISE.format("its rows are never changed or removed") + ";"
    bodies = {"claims_refuse": never}
    for model in FROZEN:
        # Two IFs: where a row is deleted there is no new one to look at.
        blanking = f"IF {is_blanking(model, 'postgresql')} THEN RETURN NEW; END IF;"
        bodies[f"{model._meta.db_table}_frozen"] = f"IF TG_OP = 'UPDATE' THEN {blanking} END IF; {never}"
    for (table, name), (_when, where) in POSTGRES_CLOSED.items():
        refuse = _RAISE.format(name.replace("_", " "))
        bodies[f"{table}_{name}"] = f"IF {where} THEN {refuse}; END IF; RETURN NEW;"
    return {name: f" BEGIN {body} END " for name, body in bodies.items()}


def guards(connection):
    """{trigger name: statements that make it} of the triggers that refuse."""
    if connection.vendor == "sqlite":
        rows = [*(each for model in FROZEN for each in _sqlite_frozen(model)), *_sqlite_closed()]
        return {name: [f"CREATE TRIGGER {name} {body}"] for name, body in rows}
    rows = [*(each for model in FROZEN for each in _postgres_frozen(model)), *_postgres_closed()]
    return {
        name: [
            f"DROP TRIGGER IF EXISTS {name} ON {table}",
            f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()",
        ]
        for name, table, when, function in rows
    }


def expected(connection):
    """All triggers that belong here: those that refuse, and on SQLite those that keep the search index."""
    if connection.vendor == "sqlite":
        rows = (row for indexed in INDEXED for row in _sqlite_search(*indexed))
        return guards(connection) | {name: [f"CREATE TRIGGER {name} {body}"] for name, body in rows}
    return guards(connection)


# As PostgreSQL itself writes a trigger down: in these words guards() makes them.
_STANDING = """SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true), proname, prosrc
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"""


def present(connection):
    """The triggers of ours that the database has, that say what they should, and that are switched on."""
    made = {name: statements[-1] for name, statements in expected(connection).items()}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            return {name for name, sql in cursor.fetchall() if made.get(name) == sql}
        cursor.execute(_STANDING)
        bodies = _postgres_functions()
        return {
            name
            for name, sql, function, body in cursor.fetchall()
            if made.get(name) == sql and bodies.get(function) == body
        }


def missing(connection):
    return sorted(expected(connection).keys() - present(connection))


def install(connection):
    """Put every missing trigger in place; on PostgreSQL write the functions anew in any case, so that those of an
    older version, or hollowed ones, do not stay."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, body in _postgres_functions().items():
                cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
        for name in missing(connection):
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            for statement in expected(connection)[name]:
                cursor.execute(statement)


def lift(connection):
    """Take the guards away: before a migration on SQLite, whose table rebuild fails where a trigger of one table asks
    another. install() puts them back when the migration is done; until then nothing else writes."""
    with connection.cursor() as cursor:
        for name, statements in guards(connection).items():
            on = "" if connection.vendor == "sqlite" else f" ON {statements[0].rsplit(' ON ', 1)[1]}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
