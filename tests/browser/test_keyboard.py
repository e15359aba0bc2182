"""The desk by the keyboard alone: a whole review without a mouse, and the list of shortcuts that the keys come from."""

from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Hands

DRAFT = "TEST DATA: a draft for the keyboard"
DRAFTER, EDITOR = "wenna.tarrowick", "odalys.fennimarsh"
CLAIM = """
from claims.checklist import WARNINGS
from claims.models import Claim, Check, User, Rating
from claims.models.checks import start_check
from claims.models.evidencing import add_evidence
by = User.objects.get(username="wenna.tarrowick")
for claim in list(Claim.objects.unassigned()[:2]):
    add_evidence(claim, by=by, kind="observation", stance="context", origin="The test itself",
                 excerpt="TEST DATA, not evidence: written by a browser test.")
    check = start_check(claim, by=by)
    check.edit(by=by, rating=Rating.objects.get(slug="unproven"), summary="TEST DATA: a draft for the keyboard",
        answers={item.slug: {"sentence": "TEST DATA", "public": False} for item in WARNINGS})
    check.submit(by=by)
"""


@pytest.fixture
def hands(person):
    found = []

    def come(username):
        found.append(Hands(person()))
        return found[-1].log_in(username)

    yield come
    assert [each.pointed for each in found] == [None] * len(found)


def enter_the_queue(edda):
    """How many wait, and the head of the queue's page is the first of them."""
    edda.go("g", "q")
    assert edda.heading().startswith("Waits for a second person")
    count = edda.page.locator("ol.rows > li").count()
    edda.press("j")
    first = edda.focused()
    edda.press("j", "k")
    assert edda.focused() == first
    edda.go("n")
    assert edda.heading() == first
    return count


def test_a_whole_review_with_the_keyboard_alone(desk, hands):
    desk.manage("shell", "-c", CLAIM)
    edda = hands(EDITOR)
    assert edda.heading() == "My work"
    count = enter_the_queue(edda)
    queue = edda.page.get_by_role("navigation", name="The queue of what waits")
    expect(queue).to_contain_text(f"1 of {count}", use_inner_text=True)

    while edda.page.get_by_text(DRAFT, exact=True).count() == 0:
        edda.go("n")
    reviewed = edda.heading()
    edda.take_further("a", "Approve")
    assert edda.heading() == reviewed
    edda.take_further("u", "Publish")
    assert edda.heading() != reviewed
    expect(queue).to_contain_text(f"of {count - 1}", use_inner_text=True)

    while edda.page.get_by_text("Send back…", exact=True).count() == 0:
        edda.go("n")
    returned = edda.heading()
    edda.press("b")
    edda.page.keyboard.type("Test: say who counted")
    edda.tab_to("Send back")
    edda.go("Enter")
    assert edda.heading() != returned


def test_keys_are_letters_in_a_field(hands):
    wenna = hands(DRAFTER)
    wenna.go("g", "c")
    wenna.press("/")
    wenna.page.keyboard.type("lamps gcn?/")
    expect(wenna.page.get_by_label("Words", exact=True)).to_have_value("lamps gcn?/")
    expect(wenna.page.locator("dialog[open]")).to_have_count(0)


def test_the_list_under_the_question_mark_is_what_the_keys_do(hands):
    wenna = hands(DRAFTER)
    wenna.go("g", "c")
    wenna.press("?")
    dialog = wenna.page.get_by_role("dialog", name="Keyboard shortcuts")
    rows = dialog.get_by_role("row").all_inner_texts()
    assert [" ".join(row.split()) for row in rows] == [
        "? This list",
        "/ Search",
        "j To the next row of a list",
        "k To the row before",
        "g m My work",
        "g c Claims",
        "g s Sources",
        "g w Who said it",
        "g q Waiting",
        "g t Statistics",
        "c Note a claim",
        "l Next page →",
    ]
    assert wenna.focused() == "Close"
    assert wenna.somebody.violations() == []
    wenna.press("Escape")
    expect(wenna.page.locator("dialog[open]")).to_have_count(0)
    wenna.go("g", "s")
    wenna.go("c")
    assert wenna.page.url.endswith("/desk/sources/new/")
    wenna.go("/")
    assert wenna.focused() == "Words"


def test_single_keys_are_switched_off_and_stay_off(hands):
    wenna = hands(DRAFTER)
    wenna.press("?", "Tab", "Space", "Escape")
    wenna.press("?", "g", "c", "/")
    expect(wenna.page.locator("dialog[open]")).to_have_count(0)
    assert wenna.page.url.endswith("/desk/")
    wenna.page.reload()
    wenna.press("?")
    expect(wenna.page.locator("dialog[open]")).to_have_count(0)
    wenna.tab_to("Keyboard shortcuts")
    wenna.press("Enter", "Tab", "Space", "Escape")
    wenna.go("g", "c")


def test_no_page_gives_one_key_to_two_things(person):
    somebody = person(EDITOR)
    pages = ["/desk/", "/desk/review/", "/desk/claims/", "/desk/sources/", "/desk/sources/3/", "/desk/claimants/"]
    for status in ("noted", "selected", "drafting", "submitted", "approved", "published"):
        somebody.open(f"/desk/claims/?status={status}")
        pages.append(somebody.page.locator("tbody a").first.get_attribute("href") + "?queue=1")
    twice = {}
    for path in pages:
        somebody.open(path)
        somebody.page.keyboard.press("?")
        assert somebody.page.get_by_role("dialog").count() == 1, path
        keys = somebody.page.locator("[data-key]").evaluate_all("all => all.map((each) => each.dataset.key)")
        own = ["?", "/", "j", "k"]
        twice[path] = [key for key, times in Counter(keys + own).items() if times > 1]
        twice[path] += [key for key in keys if " " not in key and any(other.startswith(f"{key} ") for other in keys)]
    assert {path: keys for path, keys in twice.items() if keys} == {}
