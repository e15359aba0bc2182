"""What pages say of a source's link and of its archived copy, at the desk and in public."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.urls import reverse

from claims.models import LinkCheck, Source, VerdictEvidence
from claims.models.editing import archive_source
from claims.models.publishing import publish
from claims.states import CheckState, WrongState
from tests import factories

URL = "https://gazette-of-tests.org/lamps?page=4"
COPY = "https://archive-of-tests.org/1/https://gazette-of-tests.org/lamps"
DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)
LATER = DAY.replace(year=2126)


@pytest.fixture
def desk(client, checker, settings):
    settings.CHECK_LINKS = True
    client.force_login(checker)
    return client


def words(answer):
    html = re.sub(r"<svg.*?</svg>", "", answer.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def seen(source, **values):
    LinkCheck.objects.filter(source=source).update(checked_at=DAY, **values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"state": "alive", "status": 200}, ["Link works", "looked at 1 March 2026"]),
        ({"state": "moved", "final_address": f"{URL}#new"}, ["Link leads elsewhere", f"now at {URL}#new"]),
        (
            {"state": "dead", "status": 404, "failing_since": DAY},
            ["Link dead since 1 March 2026", "The host answered 404."],
        ),
        ({"state": "silent", "last_error": "no_host"}, ["No answer lately", "There is no such host (any more)."]),
        ({"state": "alive", "changed_at": LATER}, ["Text changed since 1 March 2126"]),
        ({"state": "alive", "restless": True}, ["It reads otherwise at each look"]),
    ],
)
def test_a_source_and_its_evidence_say_how_its_link_is(desk, values, said):
    source, claim = factories.source(url=URL), factories.claim()
    factories.evidence(claim, source=source)
    assert "Not looked at yet" in words(desk.get(source.get_absolute_url()))
    seen(source, **values)
    page, list_of_evidence = words(desk.get(source.get_absolute_url())), words(desk.get(claim.get_absolute_url()))
    assert [each for each in said if each not in page] == []
    assert said[0] in list_of_evidence or "restless" in values


def test_a_change_from_before_the_text_was_kept_is_no_news(desk, clock, checker):
    clock.at("2026-02-01 10:00")
    source, claim = factories.source(url=URL), factories.claim()
    factories.evidence(claim, source=source)
    seen(source, state="alive", changed_at=DAY)
    pages = source.get_absolute_url(), claim.get_absolute_url()
    assert ["Text changed since 1 March 2026" in words(desk.get(page)) for page in pages] == [True, True]
    clock.at("2026-03-05 10:00")
    source.take_snapshot("Test data: the newer text\n", by=checker, how="pasted")
    assert ["Text changed since" in words(desk.get(page)) for page in pages] == [False, True]


def test_an_archived_copy_is_looked_for_where_the_desk_says(desk, settings):
    source = factories.source(url=URL)
    assert f'href="https://web.archive.org/web/*/{URL}"' in desk.get(source.get_absolute_url()).content.decode()
    settings.ARCHIVE_URL = ""
    assert "archived copy" not in words(desk.get(source.get_absolute_url())).replace("Record an archived copy", "")


def test_nobody_is_led_to_an_archive_with_a_protected_address(client, chief):
    client.force_login(chief)
    source = factories.source(url=URL, protected=True)
    for page in (source.get_absolute_url(), reverse("archive_source", args=[source.pk])):
        assert "web.archive.org" not in client.get(page).content.decode()


def test_an_archived_copy_is_recorded_and_shown(desk):
    source, claim = factories.source(url=URL), factories.claim()
    factories.evidence(claim, source=source)
    page = reverse("archive_source", args=[source.pk])
    form = {"once": uuid4(), "version": source.version, "archive_url": "copy"}
    assert "This is not a web address." in words(desk.post(page, form))
    assert desk.post(page, form | {"archive_url": COPY}).url == source.get_absolute_url()
    assert Source.objects.get(pk=source.pk).archive_url == COPY
    for shown in (source.get_absolute_url(), claim.get_absolute_url()):
        assert f'href="{COPY}"' in desk.get(shown).content.decode()
    assert factories.last_act(source).verb == "source.archive"


def test_a_verdict_names_the_copy_and_a_protected_source_s_stays_inside(client, checker, editor):
    claim = factories.selected()
    for protected in (False, True):
        source = factories.source(url=URL, protected=protected, archive_url=f"{COPY}?{protected}")
        factories.evidence(claim, source=source)
    verdict = factories.verdict(checker, editor, on=claim)
    assert verdict.is_intact()
    assert [each.archive_url for each in VerdictEvidence.objects.order_by("line")] == [f"{COPY}?False", ""]
    page = client.get(verdict.get_absolute_url()).content.decode()
    assert f'href="{COPY}?False"' in page
    assert f"{COPY}?True" not in page


def test_a_copy_recorded_after_the_approval_voids_it_visibly(checker, editor):
    claim = factories.selected()
    source = factories.source(url=URL)
    factories.evidence(claim, source=source)
    check = factories.approved(checker, editor, on=claim)
    archive_source(source, by=checker, archive_url=COPY)
    check.refresh_from_db()
    assert check.state == CheckState.DRAFTING and "A source changed" in check.returned_because
    with pytest.raises(WrongState):
        publish(check, by=editor)
