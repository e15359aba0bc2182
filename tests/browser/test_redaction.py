"""The law orders a name gone: two managing editors see to it at the running desk, and it is nowhere any more."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.test_gone_for_good import words_in

FIRST, SECOND, NAME = "admin", "marguerite.stoutbarrow", "Zephquillon Wobblefoot"
# A note of it on a claim, in a source, a comment and a verdict that everybody reads.
PUBLISHED = f"""
from claims.models import *
from claims.models.checks import start_check
from claims.models.comments import add_comment
from claims.models.noting import note_claim
from claims.models.publishing import publish
from claims.models.claimants import add_claimant
from claims.checklist import WARNINGS
wenna, odalys = (User.objects.get(username=each) for each in ("wenna.tarrowick", "odalys.fennimarsh"))
who = add_claimant(by=wenna, name="{NAME}")
quote = "TEST DATA: I was twelve in May"
text = "{NAME} said: " + quote + "."
source = {{"title": "TEST DATA: {NAME} speaks", "text": text}}
claim = note_claim(by=wenna, statement="TEST DATA: {NAME} was twelve in May", claimant=who,
    appearance={{"source": source, "quote": quote}})
add_comment(claim, by=wenna, text="TEST DATA: is {NAME} of age?")
claim.select(by=wenna, why="harm", reason="TEST DATA")
check = start_check(claim, by=wenna)
check.edit(by=wenna, rating=Rating.objects.filter(without_evidence=True).first(), summary="TEST DATA: {NAME} was not.",
    answers={{item.slug: {{"sentence": "TEST DATA", "public": False}} for item in WARNINGS}})
publish(check.submit(by=wenna).approve(by=odalys), by=odalys)
print(claim.pk)
"""


# As a page leaves it that is closed before everything was looked through.
BROKEN_OFF = """
from claims.models import DryRun
DryRun.objects.update(ended_at=None, model="", last=None, looked_at=0, counts={}, named=[])
"""


def shot(somebody, name):
    if folder := os.environ.get("LOOK"):
        somebody.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def kept(desk):
    """What the desk's own files hold, save those that the server still writes its words into."""
    files = [path for path in Path(desk.env["VAR_DIR"]).rglob("*") if path.is_file() and path.name != "printed"]
    return b"".join(path.read_bytes() for path in files)


def ask_for_it(max):
    page = max.page
    max.open("/desk/")
    page.get_by_role("link", name="Redactions: what the law orders gone").click()
    page.get_by_role("link", name="Ask for a redaction").click()
    shot(max, f"ask-{page.viewport_size['width']}")
    page.get_by_label("Words that must go").fill(f"{NAME}\n{NAME.split()[1]}")
    page.get_by_label("Reason").fill("TEST DATA: a minor")
    page.get_by_label("Legal ground").fill("TEST DATA: order 12 of a made-up court")
    page.get_by_role("button", name="Ask, and see where they stand").click()
    expect(page.get_by_text("Somebody else must confirm it:")).to_be_visible()
    expect(page.get_by_role("heading", name="Where the words stand")).to_be_visible()
    assert max.violations() == []
    shot(max, f"asked-{page.viewport_size['width']}")
    return re.search(r"/desk/redactions/\d+/", page.url).group()


def look_on(sam, redaction):
    """The page goes on with looking by itself; where the desk cannot be reached, it says so and waits for a word."""
    page, confirm = sam.page, sam.page.get_by_role("link", name="Confirm…")
    page.route("**/look/", lambda route: route.abort())
    sam.open(redaction)
    expect(page.get_by_text("The desk cannot be reached.")).to_be_visible()
    expect(page.get_by_text(re.compile("^0 of about"))).to_be_visible()
    expect(confirm).to_have_count(0)
    assert sam.violations() == []
    shot(sam, f"looking-{page.viewport_size['width']}")
    page.unroute("**/look/")
    page.get_by_role("button", name="Go on looking").click()
    expect(confirm).to_be_visible()
    assert len(sam.faults) == 1 and "Failed to fetch" in sam.faults.pop()  # the one that was provoked


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_name_is_redacted_and_is_nowhere_any_more(desk, person, width, dark):
    claim = desk.manage("shell", "--no-imports", "-c", PUBLISHED).decode().split()[-1]
    reader, max = (person(each, width=width, dark=dark) for each in (None, FIRST))
    reader.open(f"/claims/{claim}/")
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text(NAME)
    redaction = ask_for_it(max)

    desk.manage("shell", "--no-imports", "-c", BROKEN_OFF)
    sam = person(SECOND, width=width, dark=dark)
    look_on(sam, redaction)
    sam.page.get_by_role("link", name="Confirm…").click()
    assert sam.violations() == []
    shot(sam, f"confirm-{width}")
    sam.page.get_by_role("button", name="Remove them for good").click()
    # The worker goes on where a reader was in the way of cleaning, and the page asks how far it is.
    expect(sam.page.get_by_text("Database cleaned")).to_be_visible(timeout=90_000)
    assert sam.violations() == []
    shot(sam, f"done-{width}")

    reader.page.reload()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("TEST DATA: [redacted] was twelve in May")
    expect(reader.page.get_by_text("The law required some words of this page to be removed")).to_be_visible()
    assert reader.violations() == []
    shot(reader, f"reader-{width}")
    assert words_in(kept(desk), NAME) == []
    assert b"Everything fits" in desk.manage("verify_log")
