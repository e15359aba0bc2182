"""Plain statements for what every verb of every person passes: lock a record, write it, append to the log.

The ORM would say the same at three times the cost, part of it under the one lock that all writers share; the benchmark
in tests/benchmarks/ holds a verb against a bare save().
"""

from functools import cache

from django.db import connection
from django.db.models.expressions import Col

from claims.seals import chained

LINES_AT_ONCE = 500


@cache
def _columns(model, vendor):
    """What SELECT names, and for each field the conversions from this database's values to Python's."""
    table, fields = model._meta.db_table, model._meta.concrete_fields
    conversions = []
    for field in fields:
        column = Col(table, field)
        found = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
        conversions.append([(convert, column) for convert in found])
    return (
        ", ".join(f'"{field.column}"' for field in fields),
        [field.attname for field in fields],
        conversions,
    )


def locked(record, *, shared=False):
    """Read a record's fields again and lock its row until the transaction ends. Cached relations are forgotten.
    A shared lock keeps others from changing the record, and not from locking it so too.

    Raises the model's DoesNotExist where it is gone."""
    model = type(record)
    names, attributes, conversions = _columns(model, connection.vendor)
    pk, table = model._meta.pk.column, model._meta.db_table
    # On SQLite the transaction holds the only write lock there is already. On PostgreSQL keys never change, and a
    # stronger lock would make others' foreign key checks wait, and theirs ours.
    strength = "SHARE" if shared else "NO KEY UPDATE"
    lock = f" FOR {strength}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM {table} WHERE "{pk}" = %s{lock}', [record.pk])
        row = cursor.fetchone()
    if row is None:
        raise model.DoesNotExist(f"{model._meta.verbose_name} {record.pk} is gone.")
    record._state.fields_cache.clear()
    getattr(record, "_prefetched_objects_cache", {}).clear()
    for attribute, value, steps in zip(attributes, row, conversions, strict=True):
        for convert, column in steps:
            value = convert(value, column, connection)
        record.__dict__[attribute] = value


def write(record, names):
    """UPDATE exactly these fields of one row."""
    fields = [record._meta.get_field(name) for name in names]
    assigned = ", ".join(f'"{field.column}" = %s' for field in fields)
    values = [field.get_db_prep_save(getattr(record, field.attname), connection) for field in fields]
    pk, table = record._meta.pk.column, record._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET {assigned} WHERE "{pk}" = %s', [*values, record.pk])


def write_many(records, names):
    """UPDATE exactly these fields of many rows of one model, each to its own values."""
    fields = [records[0]._meta.pk, *(records[0]._meta.get_field(name) for name in names)]
    table, typed = records[0]._meta.db_table, connection.vendor == "postgresql"
    types = [fields[0].rel_db_type(connection), *(field.db_type(connection) for field in fields[1:])]
    mark = ", ".join(f"%s::{each}" if typed else "%s" for each in types)
    assigned = ", ".join(f'"{field.column}" = given.column{number}' for number, field in enumerate(fields[1:], 2))
    with connection.cursor() as cursor:
        for first in range(0, len(records), LINES_AT_ONCE):
            some = records[first : first + LINES_AT_ONCE]
            values = [
                field.get_db_prep_save(getattr(record, field.attname), connection)
                for record in some
                for field in fields
            ]
            cursor.execute(
                f"UPDATE {table} SET {assigned} FROM (VALUES {', '.join([f'({mark})'] * len(some))}) AS given "
                f'WHERE {table}."{fields[0].column}" = given.column1',
                values,
            )


@cache
def _insertion(model, left_out):
    fields = [field for field in model._meta.concrete_fields if field.name not in left_out]
    names = ", ".join(f'"{field.column}"' for field in fields)
    return fields, names


def _values(fields, record):
    return [field.get_db_prep_save(field.pre_save(record, True), connection) for field in fields]


def append(act, lines):
    """Insert an act and its lines behind the head, and move the head. Sets the act's position, previous and hash.

    On PostgreSQL it is one statement: the head is locked, the hash computed by the database (the same bytes as
    seals.chained()) and all rows written in one exchange, so that nobody waits for a second one."""
    how = _append_at_once if connection.vendor == "postgresql" else _append_in_steps
    act.position, act.previous, act.hash = how(act, lines)


def _insert(cursor, records):
    fields, names = _insertion(type(records[0]), frozenset({"id"}))
    marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(records))
    values = [value for record in records for value in _values(fields, record)]
    cursor.execute(f"INSERT INTO {records[0]._meta.db_table} ({names}) VALUES {marks}", values)


def insert_many(records):
    """INSERT new records of one model. Their numbers stay unknown here; Django would ask SQLite nine times for them."""
    with connection.cursor() as cursor:
        for first in range(0, len(records), LINES_AT_ONCE):
            _insert(cursor, records[first : first + LINES_AT_ONCE])


def _append_in_steps(act, lines):
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, hash FROM claims_loghead WHERE id = 1")
        last, previous = cursor.fetchone()
        act.position, act.previous = last + 1, previous
        act.hash = chained(act.position, previous, act.body)
        for line in lines:
            line.act_id = act.position
        _insert(cursor, [act])
        insert_many(lines)
        cursor.execute("UPDATE claims_loghead SET position = %s, hash = %s WHERE id = 1", [act.position, act.hash])
    return act.position, previous, act.hash


def _append_at_once(act, lines):
    fields, names = _insertion(type(act), frozenset({"position", "previous", "hash"}))
    marks = ", ".join(["%s"] * len(fields))
    steps = [
        "old AS (SELECT position, hash FROM claims_loghead WHERE id = 1 FOR UPDATE)",
        "head AS (SELECT position + 1 AS position, hash AS previous, encode(sha256(convert_to("
        "(position + 1)::text || E'\\n' || hash || E'\\n' || %s, 'UTF8')), 'hex') AS hash FROM old)",
        f"act AS (INSERT INTO claims_act (position, previous, hash, {names}) "
        f"SELECT position, previous, hash, {marks} FROM head)",
    ]
    values = [act.body, *_values(fields, act)]
    fields, names = _insertion(type(lines[0]), frozenset({"id", "act"}))
    marks = f"({', '.join(f'%s::{field.db_type(connection)}' for field in fields)})"
    for first in range(0, len(lines), LINES_AT_ONCE):
        some = lines[first : first + LINES_AT_ONCE]
        steps.append(
            f"lines{first} AS (INSERT INTO claims_change (act_id, {names}) SELECT position, line.* "
            f"FROM head, (VALUES {', '.join([marks] * len(some))}) AS line)"
        )
        values += [value for line in some for value in _values(fields, line)]
    sql = (
        f"WITH {', '.join(steps)} UPDATE claims_loghead SET position = head.position, hash = head.hash "
        "FROM head WHERE id = 1 RETURNING head.position, head.previous, head.hash"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def begun_with(undoings):
    """{position of an undoing: position of the act that it, or the undoings between, began with}."""
    if not undoings:
        return {}
    sql = f"""
        WITH RECURSIVE chain(undoing, position, undoes) AS (
            SELECT position, position, undoes_id FROM claims_act
            WHERE position IN ({", ".join(["%s"] * len(undoings))})
            UNION ALL
            SELECT chain.undoing, claims_act.position, claims_act.undoes_id
            FROM claims_act JOIN chain ON claims_act.position = chain.undoes
        ) SELECT undoing, position FROM chain WHERE undoes IS NULL"""
    with connection.cursor() as cursor:
        cursor.execute(sql, undoings)
        return dict(cursor.fetchall())
