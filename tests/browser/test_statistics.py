"""The report on paper: two pages, even where every group is full and every name is long."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from playwright.sync_api import expect

from claims.models import Claim, Rating
from claims.models.claimants import add_claimant
from tests import factories
from tests.browser.conftest import Person, watched

LONG = "of the Made-Up Society for the Prevention of Unlit Lamps and Neighbouring Harbours, Northern Section"


def printed_pages(page):
    """How many pages the open page fills on paper, as chromium prints it."""
    return max(int(number) for number in re.findall(rb"/Count (\d+)", page.pdf(prefer_css_page_size=True)))


@pytest.fixture
def full_year(transactional_db, monkeypatch):
    """Twelve months, eleven kinds of verdict, and more claimants, parties, topics and kinds than a page shows."""
    checker, editor = factories.person("vera", "fact-checker"), factories.person("edda", "editor")
    now = datetime.now(UTC)
    ratings = [None, *Rating.objects.order_by("order").values_list("slug", flat=True)]
    for number in range(12):
        moment = now - timedelta(days=30 * number)
        with monkeypatch.context() as patch:
            patch.setattr("django.utils.timezone.now", lambda moment=moment: moment)
            role = {"role": "Member", "since": None, "until": None, "party": f"Party {number} {LONG}"}
            claim = factories.selected(
                said_by=add_claimant(by=None, name=f"Member {number} {LONG}", roles=[role]),
                topics=[f"Topic {number} of the made-up harbour and of all the lamps that stand around it"],
                kind=Claim.Kind.values[number % len(Claim.Kind)],
                appearance={"attribution": "not_so"},
            )
            factories.verdict(checker, editor, on=claim, rating=ratings[number % len(ratings)])
    for make in (factories.selected, factories.draft, lambda: factories.submitted(checker)):
        make()
    return checker


@pytest.mark.parametrize("query", ["", "?by=year", "?kind=figure&kind=cause&claimant=Member&party=Party&topic=Topic"])
def test_a_full_report_fills_two_pages_and_hides_nothing(full_year, live_server, client, browser, query):
    client.force_login(full_year)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    context = browser.new_context()
    context.add_cookies([cookie | {"url": live_server.url}])
    somebody = Person(None, watched(context))
    page = somebody.page
    page.goto(f"{live_server.url}/desk/statistics/report/{query}")
    expect(page.locator(".sheet")).to_have_count(2)
    assert printed_pages(page) == 2
    page.set_viewport_size({"width": 688, "height": 1017})  # A4 without its margins
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    assert page.locator(".chart .below").first.is_visible()
    context.close()
    assert somebody.faults == []
