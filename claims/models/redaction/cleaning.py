"""After a redaction: what holds the words beside the records goes, and the database forgets its dead rows."""

import json
from base64 import b64decode
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection

from claims.models.redaction.kepttexts import OTHER_TABLES, holds_text
from claims.models.triggers import INDEXED

# Between the mails in one file of Django's file backend.
PARTING = b"-" * 79
# So long a table is waited for; who works here waits behind it.
PATIENCE = "10s"


def forget_beside(words):
    """End the sessions, and delete the cached values and the mails on disk, that hold the words."""
    for session in Session.objects.iterator():
        if words.stand_in(_said_in(session)):
            session.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM desk_cache")
        for key, value in cursor.fetchall():
            pickled = b64decode(value).decode(errors="replace")
            if words.stand_in([key, pickled]):
                cursor.execute("DELETE FROM desk_cache WHERE cache_key = %s", [key])
    for path in Path(getattr(settings, "EMAIL_FILE_PATH", None) or "no mails").glob("*.log"):
        if words.stand_in([text for mail in path.read_bytes().split(PARTING) for text in _texts_of(mail)]):
            path.unlink()


def _said_in(session):
    """What a session keeps; the messages that wait in it are text in JSON in JSON."""
    kept = session.get_decoded()
    with suppress(TypeError, ValueError):
        kept["_messages"] = json.loads(kept.get("_messages"))
    return kept


def _texts_of(mail):
    message = message_from_bytes(mail.strip(), policy=policy.default)
    body = message.get_body()
    return [*map(str, message.values()), body.get_content() if body else ""]


def clean():
    """Let nothing of what was blanked stay in the database's files: in dead rows, free pages, old index entries, the
    write-ahead log of SQLite, the statistics of PostgreSQL. Outside any transaction. False where it is in use just
    now."""
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        return _clean_sqlite(cursor) if connection.vendor == "sqlite" else _clean_postgres(cursor)


def _clean_sqlite(cursor):
    cursor.execute("PRAGMA secure_delete = ON")
    try:
        for _model, index, _columns in INDEXED:
            cursor.execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            return False
        raise
    # Somebody who still reads an old state keeps it in the log beside the database.
    busy, _pages, _moved = cursor.fetchone()
    return not busy


def _clean_postgres(cursor):
    texts = {each._meta.db_table for each in apps.get_models() if any(map(holds_text, each._meta.concrete_fields))}
    cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
    try:
        for table in sorted(texts | OTHER_TABLES.keys()):
            cursor.execute(f'VACUUM (FULL, ANALYZE) "{table}"')
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != "55P03":
            raise
        return False
    finally:
        cursor.execute("RESET lock_timeout")
    return True
