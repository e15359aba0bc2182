"""What many claims share is locked before claims, a claim before what belongs to it: who locks in that order never
waits for somebody who waits for them."""

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.fetching.fetch import Fetched
from claims.jobs.links import look
from claims.models import LinkCheck
from claims.models.editing import edit_source
from claims.models.evidencing import add_evidence, edit_evidence
from tests import factories
from tests.test_redacting import NAME, redacted

pytestmark = pytest.mark.django_db
# What locks a row: the plain statements of models/statements.py, and on PostgreSQL whatever says so.
LOCKS = re.compile(
    r'^SELECT .* FROM (claims_\w+) WHERE "\w+" = |FROM "(claims_\w+)".* FOR NO KEY UPDATE|^UPDATE "?(\w+)'
)


def locked_by(act):
    """The tables in the order in which rows of them are locked first."""
    with CaptureQueriesContext(connection) as said:
        act()
    found = [LOCKS.search(each["sql"]) for each in said]
    return list(dict.fromkeys(next(filter(None, each.groups())).removeprefix("claims_") for each in found if each))


def test_a_file_for_a_piece_of_evidence_locks_its_source_first(checker):
    claim, source, file = factories.selected(), factories.source(), ContentFile(b"Test data: 41", "lamps.txt")
    values = {"kind": "document", "stance": "context", "origin": "Test office", "primary": True}
    assert locked_by(lambda: add_evidence(claim, by=checker, source=source, file=file, **values))[:2] == [
        "source", "claim",
    ]  # fmt: skip
    other = ContentFile(b"Test data: 42", "lamps.txt")
    assert locked_by(lambda: edit_evidence(claim.evidence.get(), by=checker, file=other))[:2] == ["source", "claim"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one lock for all")
def test_a_link_that_turned_is_written_behind_the_claims_that_rest_on_it(checker, editor):
    claim, source = factories.selected(), factories.source(url="https://lamps.org/")
    factories.evidence(claim, source=source)
    factories.verdict(checker, editor, on=claim)
    LinkCheck.objects.update(state="missing", attempts=2, next_due_at=timezone.now())
    link = LinkCheck.objects.get()
    assert link.lease(timezone.now() + timedelta(seconds=1))
    assert locked_by(lambda: look(link, timezone.now, lambda url: Fetched(url, 404)))[:2] == ["claim", "linkcheck"]


def test_another_address_of_a_source_is_followed_behind_its_claims(checker):
    source = factories.draft(by=checker).evidence.get().source
    with CaptureQueriesContext(connection) as said:
        edit_source(source, by=checker, url="https://lamps.org/")
    found = [re.search('FROM claims_(claim) |INTO "claims_(linkcheck)"', each["sql"]) for each in said]
    assert [next(filter(None, each.groups())) for each in found if each] == ["claim", "linkcheck"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one lock for all")
def test_all_claims_that_a_change_may_touch_are_locked_in_order_before_one_is_written(checker):
    source = factories.source()
    first, second = (factories.draft(by=checker).claim for _ in range(2))
    for claim in (second, first):
        factories.evidence(claim, source=source)
    with CaptureQueriesContext(connection) as said:
        edit_source(source, by=checker, title="Test: another title")
    locks = [each["sql"] for each in said if re.search("claims_claim.* FOR NO KEY UPDATE", each["sql"])]
    assert f"IN ({first.pk}, {second.pk}) ORDER BY 1 ASC FOR NO KEY UPDATE" in locks[0]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one lock for all")
def test_a_redaction_locks_claims_before_their_drafts_and_evidence(checker, chief):
    check = factories.draft(by=checker, summary=f"It was {NAME}.")
    factories.evidence(check.claim, excerpt=f"{NAME} counted.", by=checker)
    second = factories.person("sam", "managing-editor", name="Sam Testperson")
    tables = locked_by(lambda: redacted(chief, second))
    assert tables.index("claim") < min(tables.index("check"), tables.index("evidence"))
