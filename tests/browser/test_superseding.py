"""A published verdict is clarified, corrected and updated through the pages; somebody without an account reads what
changed and why, and finds every earlier verdict as it stood."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import find_claim, note_reason

CLAIM = "Every passenger of the Merry Widgeon was ashore"
# In the order in which they happen: (kind, what readers are told, the new summary).
STEPS = [
    (
        "Clarification: it could be misread",
        "TEST DATA: Some read three hours as the time of the last boat. The summary names that boat now.",
        "TEST DATA: The last boat with passengers landed at 03:40, more than five hours after the grounding.",
    ),
    (
        "Correction: we erred",
        "TEST DATA: We had the last boat land at 03:40. The log has 03:41.",
        "TEST DATA: The last boat with passengers landed at 03:41, more than five hours after the grounding.",
    ),
    (
        "Update: the facts moved",
        "TEST DATA: A second log was found since, and it has the last boat land at 04:02.",
        "TEST DATA: The last boat with passengers landed at 04:02, as a log found since has it.",
    ),
]


def reopens(marguerite, path, reason):
    marguerite.open(path)
    form = note_reason(marguerite.page, "Reopen", reason)
    form.get_by_label("Who checks it again").select_option("Wenna Tarrowick")
    form.get_by_role("button", name="Reopen").click()
    expect(marguerite.page.locator("#glance .status")).to_have_text("Reopened", use_inner_text=True)


def drafts(wenna, path, kind, note, summary):
    wenna.open(path)
    page = wenna.page
    page.get_by_label("What kind of change").select_option(kind)
    page.get_by_label("What changed and why").fill(note)
    page.get_by_label("Summary", exact=True).fill(summary)
    page.get_by_role("button", name="Save and submit for approval").click()
    expect(page.locator("#glance .status")).to_have_text("Submitted", use_inner_text=True)


def publishes(odalys, path):
    odalys.open(path)
    page = odalys.page
    for button, status in (("Approve", "Approved"), ("Publish", "Published")):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator("#glance .status")).to_have_text(status, use_inner_text=True)


def words_of(somebody, path):
    """What a verdict's page says of the verdict itself: its head and what was found."""
    somebody.open(path)
    parts = somebody.page.locator("article > header, article .prose").all_inner_texts()
    assert len(parts) == 2
    return parts


@pytest.fixture(scope="module")
def shared():
    """What the first test leaves to the second: the claim's public page, and what its verdicts said while in force."""
    return {}


def test_a_verdict_is_clarified_corrected_and_updated_through_the_pages(person, shared):
    marguerite, wenna, odalys = map(person, ("marguerite.stoutbarrow", "wenna.tarrowick", "odalys.fennimarsh"))
    find_claim(odalys, CLAIM)
    desk = odalys.page.url.removeprefix(odalys.desk.url)
    public = desk.removeprefix("/desk")
    shared |= {"page": public, "said": [words_of(odalys, public)]}
    for kind, note, summary in STEPS:
        reopens(marguerite, desk, f"TEST DATA: {kind}")
        assert words_of(odalys, public) == shared["said"][-1]
        drafts(wenna, desk, kind, note, summary)
        publishes(odalys, desk)
        shared["said"].append(words_of(odalys, public))
    odalys.open(desk)
    verdicts = odalys.page.get_by_role("region", name="Verdicts and earlier checks")
    expect(verdicts.get_by_role("link", name=re.compile(r"^Verdict \d$"))).to_have_count(4)
    for kind, note, _summary in STEPS:
        expect(verdicts).to_contain_text(kind)
        expect(verdicts).to_contain_text(note)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_an_outsider_finds_what_changed_and_why_and_every_earlier_verdict(person, shared, width, dark):
    otto = person(width=width, dark=dark)
    page = otto.page
    (clarified, why_clear, _), (corrected, why_wrong, _), (updated, why_moved, _) = STEPS

    otto.open(shared["page"])
    page.get_by_role("link", name="Corrections").click()
    newest = page.locator(".replaced > li").first
    expect(newest).to_contain_text(corrected)
    expect(newest).to_contain_text(why_wrong)
    expect(newest.locator("del")).to_have_text("[removed: 03:40 end of removed]")
    expect(newest.locator("ins")).to_have_text("[added: 03:41 end of added]")
    expect(page.locator(".replaced > li").nth(1)).to_contain_text(why_clear)
    expect(page.get_by_text(why_moved)).to_have_count(0)
    assert looked_at(otto) == []

    page.get_by_label(clarified).check()
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("kind=clarification"))
    expect(page.locator(".replaced > li").first).to_contain_text(why_clear)
    expect(page.get_by_text(why_wrong)).to_have_count(0)

    page.get_by_role("navigation").get_by_role("link", name="Updates").click()
    expect(page.locator(".replaced > li").first).to_contain_text(updated)
    expect(page.locator(".replaced > li").first).to_contain_text(why_moved)
    assert looked_at(otto) == []

    page.locator(".replaced > li").first.get_by_role("link", name=CLAIM).click()
    history = page.get_by_role("region", name="What changed since it was first published")
    for kind, note, _summary in STEPS:
        expect(history).to_contain_text(kind)
        expect(history).to_contain_text(note)
    assert looked_at(otto) == []
    for number, said in enumerate(shared["said"], start=1):
        assert words_of(otto, f"{shared['page']}verdicts/{number}/") == said
        over = "This verdict is no longer in force." if number < 4 else "It is in force."
        expect(page.get_by_role("note")).to_contain_text(over)
        assert looked_at(otto) == []


def looked_at(somebody):
    wide = somebody.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return somebody.violations() + ([f"{somebody.page.url} is wider than the window"] if wide else [])
