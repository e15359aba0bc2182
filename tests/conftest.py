"""Fixtures: three named people, and a database whose frozen tables can be emptied between transactional tests."""

import gc
import os
from datetime import UTC, datetime

import pytest
from django.conf import settings as desk_settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import translation

from claims.models import LogHead, triggers
from claims.models.ratings import load_ratings
from tests import factories

# What tests leave behind is seldom garbage; looking for it all the time is a tenth of their time.
gc.set_threshold(100_000, 50, 50)

# No test cuts the power, and waiting for a busy disk would make the tests of people at once fail for no fault of ours.
DATABASE = desk_settings.DATABASES["default"]
if "init_command" in DATABASE["OPTIONS"]:
    DATABASE["OPTIONS"]["init_command"] = DATABASE["OPTIONS"]["init_command"].replace("=FULL", "=OFF")
desk_settings.VAR_DIR.mkdir(parents=True, exist_ok=True)  # SQLite's test database is a file in it
# No test asks anybody on the internet, and no process that one starts does.
os.environ["CHECK_LINKS"] = "off"
desk_settings.CHECK_LINKS = False
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's synchronous interface runs an event loop


@pytest.fixture(autouse=True)
def _quick_and_quiet(settings, tmp_path_factory):
    """The fast hasher; no manifest to collect; uploads and mails of tests in a folder of their own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    # A request leaves its language active in its thread, and a test in Spanish would hand it on to the next.
    translation.activate(settings.LANGUAGE_CODE)


# What a migration writes and no test changes.
LASTING = {"django_migrations", "django_content_type", "auth_permission"}


def _emptied(connection):
    """What a flush does, in a tenth of the time: PostgreSQL takes two seconds to truncate all tables, none of which
    holds more than a few rows. As a replica it asks no trigger and no foreign key."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - LASTING
        deletions = "; ".join(f'DELETE FROM "{table}"' for table in sorted(tables))
        cursor.execute(f"SET session_replication_role = replica; {deletions}; RESET session_replication_role")
    LogHead.objects.get_or_create(pk=1)
    load_ratings()


@pytest.fixture(autouse=True, scope="session")
def _flush_frozen_tables():
    """Transactional tests end with a flush, which must empty what the triggers hold; its post_migrate puts them, and
    the head of the log, back."""
    teardown = TransactionTestCase._fixture_teardown

    def unguarded(self):
        for alias in self.databases & set(connections):
            if connections[alias].vendor == "postgresql":
                _emptied(connections[alias])
                return
            triggers.lift(connections[alias])
        teardown(self)

    TransactionTestCase._fixture_teardown = unguarded
    yield
    TransactionTestCase._fixture_teardown = teardown


@pytest.fixture
def drop_guards(transactional_db):
    """What somebody with the database's own password could do; afterwards the triggers stand again."""
    yield lambda: triggers.lift(connection)
    triggers.install(connection)


@pytest.fixture
def checker(db):
    """Vera Testperson, fact-checker."""
    return factories.person("vera", "fact-checker", name="Vera Testperson")


@pytest.fixture
def editor(db):
    """Edda Testperson, editor."""
    return factories.person("edda", "editor", name="Edda Testperson")


@pytest.fixture
def chief(db):
    """Max Testperson, managing editor."""
    return factories.person("max", "managing-editor", name="Max Testperson")


@pytest.fixture
def outsider(db):
    """Otto Testperson, an account without any role."""
    return factories.person("otto", name="Otto Testperson")


class Clock:
    """The time that verbs take for now; at("2026-03-31 23:30") sets it, in UTC."""

    def __init__(self):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def at(self, moment):
        self.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.fixture
def clock(db, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock.now)
    return clock


@pytest.fixture
def published(clock, checker, editor):
    """published("2026-03-31 23:30", rating="false", **of the claim): a verdict of that moment."""

    def make(moment, *, rating="true", on=None, **claim):
        clock.at(moment)
        return factories.verdict(checker, editor, on=on or factories.selected(**claim), rating=rating)

    return make
