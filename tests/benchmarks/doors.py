"""Every door by which somebody might approve what they submitted themselves, and how many let them through."""

import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from claims.exchange.case_file import FaultyCase
from claims.exchange.seeding import checked_case, load_case
from claims.models import Check, Verdict
from claims.models.publishing import publish
from claims.states import CheckState, OutsideVerb, Refused
from tests import factories
from tests.admin_pages import act, address
from tests.benchmarks.races import people
from tests.test_seeding import SMALL

REFUSED = (Refused, ValidationError, OutsideVerb)
APPROVED = {"state": CheckState.APPROVED, "approved_by_id": None, "approved_digest": "0" * 64}


def _posted(client, where, **more):
    def send(check):
        typed = {"once": str(uuid.uuid4()), "version": check.version, "act": "approve", "override_reason": "Test"}
        client.post(where(check), typed, **more)

    return send


def _by_form(client):
    """What the page of the admin would send, and with it what it never asks for."""

    def send(check):
        typed = {"once": str(uuid.uuid4()), "version_seen": check.version, "summary": check.summary}
        own = {"state": "approved", "approved_by": check.submitted_by_id, "approved_digest": check.submitted_digest}
        client.post(address(check), typed | own | {"rating": check.rating_id})

    return send


def _by_file(check):
    """A case in which one person submits and approves, who may not override; with a reason and without."""
    for reason in ("", '\noverride_reason = "Test: nobody else was in"'):
        case = SMALL.replace('"test/lamps"', f'"test/{uuid.uuid4()}"').replace(
            'submitted_by = "tilda.testwell"', f'submitted_by = "edgar.testwell"{reason}'
        )
        with tempfile.TemporaryDirectory() as folder, suppress(FaultyCase):
            path = Path(folder) / "claims.toml"
            path.write_text(case, encoding="utf-8")
            load_case(checked_case(path, "the test's case"), lambda *person: None)


def _by_orm(check):
    own = {**APPROVED, "approved_by_id": check.submitted_by_id, "approved_digest": check.submitted_digest}
    mine = Check.objects.get(pk=check.pk)
    for door in (
        lambda: Check.objects.filter(pk=check.pk).update(**own),
        lambda: Check.objects.bulk_update([mine], ["state"]),
        lambda: [setattr(mine, name, value) for name, value in own.items()] and mine.save(),
        lambda: Check.objects.get(pk=check.pk).approve(by=check.submitted_by),
        lambda: Check.objects.get(pk=check.pk).approve(by=check.submitted_by, override_reason="Test"),
        lambda: Check.objects.get(pk=check.pk).edit(by=check.submitted_by, **own),
        lambda: publish(Check.objects.get(pk=check.pk), by=check.submitted_by),
    ):
        with suppress(*REFUSED):
            door()


def self_approval():
    """{door: did the submission of whoever knocked become an approval or a verdict?}"""
    [person] = people("editor")
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    client.force_login(person)
    page = _posted(client, lambda check: reverse("approve_check", args=[check.pk]))
    in_place = _posted(client, lambda check: reverse("approve_check", args=[check.pk]), headers={"HX-Request": "true"})
    button = _posted(client, lambda check: act(check, "approve"))
    doors = {
        "page": page, "htmx call": in_place, "admin form": _by_form(client), "admin act": button,
        "seed file": _by_file, "ORM": _by_orm,
    }  # fmt: skip
    through = {}
    for name, knock in doors.items():
        check, verdicts = factories.submitted(person), Verdict.objects.count()
        knock(check)
        now = Check.objects.get(pk=check.pk)
        through[name] = now.state not in {"submitted", "drafting"} or Verdict.objects.count() > verdicts
    return through
