"""Reading a source: words taken by mouse, keyboard and finger become a claim or a further appearance of one."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import drag, marking_form

EDITOR = "odalys.fennimarsh"
SOURCE = "/desk/sources/3/"
FURTHER = "No neighbour keeps more lights"
KNOWN = "None of Tolmarenne's neighbours keeps more lights"

# What a telephone leaves when a finger was held on words: it offers no such gesture to tests.
HELD = """words => {
    const walker = document.createTreeWalker(document.querySelector('[data-text]'), NodeFilter.SHOW_TEXT);
    let node; while ((node = walker.nextNode()) && !node.data.includes(words));
    const start = node.data.indexOf(words);
    getSelection().setBaseAndExtent(node, start, node, start + words.length);
}"""
LIT = "[...document.querySelectorAll('.lit')].map(each => each.id || each.dataset.claims).sort()"
# Whatever belongs to these claims: words that other claims share among them, and the entries beside the text.
TIED = """numbers => [...document.querySelectorAll('mark, .claims-here > li')]
    .map(each => each.id || each.dataset.claims)
    .filter(each => numbers.some(number => each.replace("claim-", "").split(" ").includes(number)))
    .sort()"""


def press_until(page, key, reached):
    for _each in range(20):
        if page.evaluate(reached):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead there: {reached}")


def test_words_taken_with_the_mouse_become_a_further_appearance_of_a_claim_like_them(person):
    somebody = person(EDITOR)
    somebody.open(SOURCE)
    page, form = somebody.page, marking_form(somebody.page)
    drag(page, "keeps more lights for its length of shore")
    page.get_by_role("button", name="Note these words").click()
    expect(page.get_by_label("Exact words")).to_have_value("keeps more lights for its length of shore")
    form.get_by_role("radio", name=re.compile(KNOWN)).check()
    assert not form.get_by_label("Statement").is_visible()
    assert somebody.violations() == []
    form.get_by_role("button", name="Keep").click()
    entry = page.locator(".claims-here > li", has_text=KNOWN)
    expect(entry.get_by_role("link", name="to the words")).to_have_count(2)


def test_words_taken_with_the_keyboard_alone_become_a_claim(person):
    somebody = person(EDITOR)
    somebody.open(SOURCE)
    page, press = somebody.page, somebody.page.keyboard.press
    page.locator("[data-text]").focus()
    press("ArrowRight")
    assert page.evaluate("getSelection().toString()") == "Forty-one"
    for _each in range(3):
        press("ArrowDown")
    press("Home")
    assert page.evaluate("getSelection().toString()") == "SANDERHAVEN"
    press("ArrowRight")
    press("Shift+ArrowRight")
    press("Shift+ArrowRight")
    press("Shift+ArrowLeft")
    assert page.evaluate("getSelection().toString()") == "On a"
    press("Shift+End")
    press("Shift+ArrowLeft")
    press("Enter")
    words = page.get_by_label("Exact words").input_value()
    assert (words[:4], words[-22:]) == ("On a", "Last week she counted six"[-22:])
    assert page.evaluate("document.activeElement.name") == "claim"
    press("Escape")
    assert page.evaluate("document.activeElement.id") == "text"
    press("Enter")
    press_until(page, "Tab", "document.activeElement.name == 'statement'")
    page.keyboard.type("TEST DATA: taken with the keyboard")
    press_until(page, "Tab", "document.activeElement.dataset.name == 'Corvane Aldermoss'")
    press("Enter")
    expect(page.get_by_label("Who said it").first).to_have_value("Corvane Aldermoss")
    assert page.get_by_label("Role as stated").input_value() != ""
    page.get_by_role("button", name="Keep", exact=True).press("Enter")
    expect(page.get_by_role("link", name="TEST DATA: taken with the keyboard")).to_have_count(1)


def test_words_held_with_a_finger_bring_the_form_up_from_the_lower_edge(person):
    somebody = person(EDITOR, width=390, touch=True)
    somebody.open(SOURCE)
    page, form = somebody.page, marking_form(somebody.page)
    page.evaluate(HELD, "Last week she counted")
    page.get_by_role("button", name="Note these words").tap()
    expect(page.get_by_label("Exact words")).to_have_value("Last week she counted")
    box = page.locator("[data-marking]").bounding_box()
    assert (box["x"], round(box["y"] + box["height"]), box["width"]) == (0, 900, 390)
    assert somebody.violations() == []
    form.get_by_label("Statement").fill("TEST DATA: held with a finger")
    form.get_by_label("Who said it").first.fill("Corvene Aldermoss")
    form.get_by_role("button", name="Keep").tap()
    page.get_by_role("link", name="TEST DATA: held with a finger").wait_for()


def test_pointer_and_focus_tie_a_claim_to_its_words_where_marks_overlap_too(person):
    somebody = person(EDITOR)
    somebody.open(SOURCE)
    page = somebody.page
    page.locator("mark.depth-2", has_text="at a cost of 18 million marens").hover()
    assert page.evaluate(LIT) == page.evaluate(TIED, ["49", "50"])
    assert {"49 50", "50", "claim-49", "claim-50"} <= set(page.evaluate(LIT))
    page.locator("#claim-50").hover()
    assert page.evaluate(LIT) == page.evaluate(TIED, ["50"])
    assert set(page.evaluate(LIT)) == {"49 50", "50", "claim-50"}
    page.get_by_role("heading", level=1).hover()
    assert page.evaluate(LIT) == []
    page.locator("#claim-62").get_by_role("link", name="to the words").focus()
    assert page.evaluate(LIT) == ["62", "claim-62"]


def test_words_of_an_article_become_a_claim_without_scripts(person):
    somebody = person(EDITOR, scripts=False)
    somebody.open(SOURCE)
    page, form = somebody.page, marking_form(somebody.page)
    page.get_by_text("Mark words").click()
    form.get_by_label("Exact words").fill("neighbour keeps more lights that are not there")
    form.get_by_label("Statement").fill("TEST DATA: a claim without scripts")
    form.get_by_role("button", name="Show claims like these words").click()
    expect(form.get_by_role("radio", name=re.compile(KNOWN))).to_have_count(1)
    form.get_by_label("Who said it").first.fill("Corvene Aldermoss")
    form.get_by_role("button", name="Keep").click()
    expect(form).to_contain_text("These words are not in the text", use_inner_text=True)
    expect(form.get_by_label("Statement")).to_have_value("TEST DATA: a claim without scripts")
    form.get_by_label("Exact words").fill("used to count")
    form.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("link", name="TEST DATA: a claim without scripts")).to_have_count(1)
