"""Rule 8: whatever is asked for without being sent writes log lines at most, and does nothing."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.admin.site import site
from claims.models import (
    Act,
    Appearance,
    Check,
    Claim,
    Claimant,
    Comment,
    Evidence,
    Redaction,
    RequestForComment,
    SecondOpinion,
    SnapshotFile,
    Source,
    User,
)
from claims.models.files import add_file
from claims.models.opinions import ask_opinion
from claims.models.redaction.redacting import ask
from tests import factories
from tests.admin_pages import act
from tests.test_access import views

LOG = {"claims_act", "claims_change", "claims_loghead"}


@pytest.fixture
def records(checker):
    """One record of each kind that an address of the desk or a button of the admin names."""
    check = factories.submitted(checker)
    comment = factories.comment(check.claim, by=checker)
    return {
        Act: Act.objects.get(verb="check.submit"),
        Appearance: check.claim.principal_appearance,
        Check: check,
        Claim: check.claim,
        Claimant: check.claim.claimant,
        Comment: comment,
        Evidence: check.evidence.get(),
        SnapshotFile: add_file(check.claim.principal_appearance.source, file=ContentFile(b"Test", "a.txt"), by=None),
        RequestForComment: factories.request(check.claim, by=checker, protected=True),
        Redaction: ask(by=factories.person("rhea", "managing-editor"), words="Test Name", reason="Test", ground="Test"),
        SecondOpinion: ask_opinion(check, by=checker, asked_of=factories.person("vito", "fact-checker")),
        Source: check.claim.principal_appearance.source,
        User: checker,
    }


def addresses(records):
    named = {model._meta.verbose_name_plural.replace(" ", "-"): record for model, record in records.items()}
    named |= {
        "claimants": records[Claimant],
        "evidence": records[Evidence],
        "opinions": records[SecondOpinion],
    }
    for space, pattern in views():
        route = str(pattern.pattern)
        if space != "admin" and route.startswith("desk/"):
            args = [named[route.split("/")[1]].pk] if "pk" in pattern.pattern.converters else []
            yield reverse(pattern.name, args=args)
    for model, pages in site._registry.items():
        yield from (act(records[model], button.name) for button in getattr(pages, "buttons", ()))


def written(queries):
    """{table: statement} of what was written."""
    statements = [query["sql"].split() for query in queries]
    return {
        (words[1] if words[0] == "UPDATE" else words[2]).strip('"'): " ".join(words)
        for words in statements
        if words[0] in {"INSERT", "UPDATE", "DELETE", "REPLACE"}
    }


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_only_what_is_posted_acts(method, records, client, db):
    client.force_login(factories.person("ada", "managing-editor", "administrator"))
    typed = urlencode({"once": uuid4(), "version": 1, "reason": "Test", "why": "reach", "statement": "New", "act": "1"})
    asked = 0
    for address in addresses(records):
        with CaptureQueriesContext(connection) as queries:
            answer = getattr(client, method)(f"{address}?{typed}")
            b"".join(answer)
        assert written(queries).keys() <= LOG, address
        assert answer.status_code in {200, 302, 403, 405}, address
        asked += 1
    assert asked > 80
    assert set(Act.objects.filter(actor__username="ada").values_list("verb", flat=True)) <= {"export"}
