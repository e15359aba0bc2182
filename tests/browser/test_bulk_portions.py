"""A bulk act of more than one portion: it goes on by itself where it was begun, and can be stopped there."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from claims.models import BulkAct, Claim, User
from claims.models import bulk as bulks
from claims.models.bulk import stage
from tests import factories
from tests.admin_pages import address
from tests.browser.conftest import Person, watched


@pytest.fixture
def page(browser, live_server, client, monkeypatch):
    """The staged bulk act on four claims, one a portion, before a managing editor."""
    monkeypatch.setattr(bulks, "PORTION", 1)
    chief = factories.person("max", "managing-editor", name="Max Testperson")
    for _each in range(4):
        factories.claim()
    client.force_login(chief)
    context = browser.new_context(base_url=live_server.url)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    somebody = Person(None, watched(context))
    page = somebody.page
    page.goto(address(stage("priority", Claim.objects.all(), by=chief, priority=4)))
    yield page
    context.close()
    assert somebody.faults == []


def test_it_goes_on_by_itself_to_its_end(page):
    page.get_by_role("button", name="Do it").click()
    expect(page.locator(".bulk")).to_contain_text("4 changed")
    expect(page.get_by_role("button", name="Undo all of it…")).to_be_visible()
    assert BulkAct.objects.get().finished


def test_it_is_stopped_while_a_portion_is_on_its_way_and_goes_on_no_more(page):
    """The portion is held up on its way here, as a busy server would."""
    held = []
    page.route("**/change/", lambda route: held.append(route) if is_portion(route) else route.continue_())
    page.get_by_role("button", name="Do it").click()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".bulk")).to_contain_text("Stopped by Max Testperson")
    page.reload()
    expect(page.get_by_role("button", name="Undo all of it…")).to_be_visible()
    assert (BulkAct.objects.get().done, len(held)) == (1, 1)


def is_portion(route):
    return route.request.resource_type == "fetch"


def test_a_portion_that_is_refused_is_asked_for_once(page):
    """Somebody lost the right to go on while it went on."""
    asked = []

    def take_the_right(route):
        if is_portion(route):
            asked.append(route)
            User.objects.get().edit(by=None, roles=["contributor"])
        route.continue_()

    page.route("**/change/", take_the_right)
    with page.expect_request(lambda request: request.resource_type == "fetch"):
        page.get_by_role("button", name="Do it").click()
    expect(page.locator(".bulk")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert (BulkAct.objects.get().done, len(asked)) == (1, 1)
