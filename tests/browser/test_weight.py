"""What a page weighs on the wire: at most 60 KB on the first visit; a repeat visit loads the document alone."""

import pytest

from tests.browser.conftest import Person, watched

EDITOR = "odalys.fennimarsh"
MOST = 60 * 1024
SENT = """() => {
    const sent = each => [each.name.replace(/^.*[/]/, ''), each.transferSize];
    return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(sent);
}"""


def visit(page, path):
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return page.evaluate(SENT)


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/", "/desk/", "/desk/claims/", "/desk/claims/49/", "/desk/claims/61/", "/desk/sources/3/",
        "/desk/sources/", "/desk/claimants/", "/desk/review/", "/desk/statistics/", "/claims/49/",
        "/corrections/", "/updates/", "/desk/claims/new/", "/desk/sources/new/", "/desk/recheck/", "/desk/profile/",
        "/desk/notifications/", "/desk/statistics/report/",
    ],
)  # fmt: skip
def test_a_first_visit_is_light_and_a_second_loads_the_document_alone(desk, person, browser, path):
    known = person(EDITOR)
    context = browser.new_context(storage_state=known.page.context.storage_state())
    somebody = Person(desk, watched(context))
    page = somebody.page
    first = visit(page, desk.url + path)
    assert sum(size for _name, size in first) <= MOST, first
    assert first[0][1] > 0
    again = visit(page, desk.url + path)
    assert [name for name, size in again[1:] if size] == []
    context.close()
    assert somebody.faults == []
