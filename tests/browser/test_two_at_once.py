"""Two people at two browsers have the same claim open: each sees the other there, and nobody loses a word."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Hands

WENNA, ODALYS = "wenna.tarrowick", "odalys.fennimarsh"
FIRST = "TEST DATA, not evidence: the lamps were counted in May. Nobody disputes the count."
THEIRS, MINE = FIRST.replace("May", "June"), FIRST.replace("disputes", "denies")
WHERE, TYPED = "Where in it", ("leaf two of the test", "leaf three of the test")
BOTH = THEIRS.replace("disputes", "denies")


def drafting(somebody, address=None):
    if address is None:
        somebody.open("/desk/claims/?status=drafting")
        somebody.page.locator("tbody a").first.click()
        somebody.page.get_by_role("heading", name="The check").wait_for()
        return somebody.page.url
    somebody.page.goto(address)
    return address


def save_draft(page, *, refused=False):
    page.get_by_role("button", name="Save the draft").click()
    if refused:
        expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this meanwhile.")
    else:
        page.locator(".message.success").wait_for()


def edits_evidence(page):
    piece = page.locator("#evidence-list li").first
    piece.get_by_role("link", name="Edit").click()
    form = piece.locator("form[data-once]")
    form.wait_for()
    return form


def three(page):
    """{what a side is called: its words} of the one difference that is shown; marks for the ear left out."""
    sides = page.locator(".difference .side").all()
    read = "side => [...side.querySelectorAll('.unseen')].forEach(each => each.remove())"
    for side in sides:
        side.evaluate(read)
    return {
        side.locator(".eyebrow").inner_text().partition(" ·")[0]: side.locator("p").nth(1).inner_text()
        for side in sides
    }


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_of_two_who_edit_a_draft_the_second_is_told_and_saves_knowingly(person, width, dark):
    wenna, odalys = person(WENNA), person(ODALYS, width=width, dark=dark)
    page, address = odalys.page, drafting(wenna)
    wenna.page.get_by_label("Explanation").fill(FIRST)
    save_draft(wenna.page)
    drafting(odalys, address)
    page.get_by_label("Explanation").fill(MINE)
    wenna.page.get_by_label("Explanation").fill(THEIRS)
    save_draft(wenna.page)
    save_draft(page, refused=True)
    expect(page.locator(".conflict .happened").first).to_contain_text("Wenna Tarrowick edited the draft")
    assert odalys.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert three(page) == {
        "When you opened the form": FIRST,
        "As it stands now": THEIRS.replace("June", "MayJune"),
        "What you typed": MINE.replace("denies", "disputes denies"),
        "Both changes together": BOTH.replace("June", "MayJune").replace("denies", "disputes denies"),
    }
    expect(page.get_by_label("Explanation")).to_have_value(MINE)
    keys = Hands(odalys)
    for _side in range(3):
        keys.tab_to("Put this into the form")
    keys.press("Enter")
    expect(page.get_by_label("Explanation")).to_be_focused()
    expect(page.get_by_label("Explanation")).to_have_value(BOTH)
    save_draft(page)
    expect(page.get_by_label("Explanation")).to_have_value(BOTH)


def test_of_two_who_edit_evidence_in_place_the_second_is_told_there(person):
    wenna, odalys = person(WENNA), person(ODALYS, width=390)
    page, address = odalys.page, drafting(wenna)
    drafting(odalys, address)
    forms = [edits_evidence(each.page) for each in (wenna, odalys)]
    first = forms[0].get_by_label(WHERE).input_value()
    for form, typed in zip(forms, TYPED, strict=True):
        form.get_by_label(WHERE).fill(typed)
        form.get_by_role("button", name="Save", exact=True).click()
        expect((wenna.page.locator(".message") if form is forms[0] else form.locator(".errors")).first).to_be_visible()
    form = forms[1]
    expect(form.locator(".errors").first).to_be_focused()
    assert odalys.violations() == []
    sides = three(page)
    assert (sides["When you opened the form"], sides["What you typed"][-len(TYPED[1]) :]) == (
        first or "nothing",
        TYPED[1],
    )
    expect(form.get_by_label(WHERE)).to_have_value(TYPED[1])
    form.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#evidence-list")).to_contain_text(TYPED[1])


def test_each_sees_the_other_at_the_claim_and_what_they_do_there(person):
    wenna, odalys = person(WENNA), person(ODALYS, width=390, dark=True)
    address = drafting(wenna)
    expect(wenna.page.locator("[data-beside]")).to_be_hidden()
    drafting(odalys, address)
    here, there = odalys.page.locator("[data-beside]"), wenna.page.locator("[data-beside]")
    expect(here).to_have_text("Also here: Wenna Tarrowick (reading)")
    expect(odalys.page.get_by_role("status")).to_have_text("Also here: Wenna Tarrowick (reading)")
    assert odalys.violations() == []
    wenna.page.get_by_label("Summary").press_sequentially("x")
    expect(there).to_have_text("Also here: Odalys Fennimarsh (reading)")
    with odalys.page.expect_response(re.compile("/here/$")):
        odalys.page.get_by_label("Summary").press_sequentially("y")
    for place in (here, odalys.page.locator("[data-beside-too]")):
        expect(place).to_have_text("Also here: Wenna Tarrowick (drafting)")
    odalys.open("/desk/")
    wenna.page.reload()
    expect(there).to_be_hidden()
