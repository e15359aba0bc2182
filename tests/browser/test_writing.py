"""What only a browser shows of writing on the claim's page: evidence in place, sources offered, a preview, drafts."""

import re

import pytest
from playwright.sync_api import expect

CHECKER = "wenna.tarrowick"
SAID = "TEST DATA, not evidence: written beside a draft."


def drafting(somebody):
    """A claim whose draft this person may write; its page is open."""
    somebody.open("/desk/claims/?status=drafting")
    somebody.page.locator("tbody a").first.click()
    somebody.page.get_by_role("heading", name="The check").wait_for()
    return somebody.page.url


def begin_evidence(page):
    page.get_by_role("link", name="Add evidence").click()
    form = page.locator("#evidence-new form[data-once]")
    form.get_by_label("Stance").select_option("context")
    return form


def save_and_remove(page):
    """The draft beside the evidence knows of it, so that it is saved without a conflict."""
    page.get_by_role("button", name="Save the draft").click()
    page.locator(".message.success").wait_for()
    expect(page.locator(".errors")).to_have_count(0)
    piece = page.locator("#evidence-list li", has_text=SAID)
    piece.get_by_role("link", name="Remove").click()
    piece.get_by_label("Reason").fill("Test: not needed")
    piece.get_by_role("button", name="Remove").click()
    piece.wait_for(state="detached")


def test_evidence_is_added_edited_and_removed_without_leaving_the_page(person):
    somebody = person(CHECKER)
    address, page = drafting(somebody), somebody.page
    page.get_by_label("Summary").fill("A sentence that is being written")
    boxes = page.locator("#draft-evidence input")
    before = boxes.count()
    if before:
        boxes.first.uncheck()
    form = begin_evidence(page)
    form.get_by_label("Kind").select_option("observation")
    form.get_by_label("Whose information it is").fill("The test itself")
    form.get_by_role("button", name="Add", exact=True).click()
    slot = page.locator("#evidence-new")
    slot.get_by_text("Write what was said or seen.").wait_for()
    expect(slot.locator(".errors").first).to_be_focused()
    expect(slot.get_by_label("Whose information it is")).to_have_value("The test itself")
    assert somebody.violations() == []
    slot.get_by_label("Excerpt").fill(SAID)
    slot.get_by_role("button", name="Add", exact=True).click()
    piece = page.locator("#evidence-list li", has_text=SAID)
    piece.wait_for()
    expect(page.locator("#evidence-said")).to_have_text("Done. It stands in the history.")
    expect(slot).to_have_text("")

    piece.get_by_role("link", name="Edit").click()
    piece.get_by_label("Stance").select_option("contradicts")
    piece.get_by_role("button", name="Save", exact=True).click()
    page.locator("h3", has_text="Against").wait_for()
    expect(boxes).to_have_count(before + 1)
    expect(page.locator("#draft-evidence label", has_text=f"Contradicts: {SAID}").locator("input")).to_be_checked()
    assert before == 0 or not boxes.first.is_checked()
    expect(page.get_by_label("Summary")).to_have_value("A sentence that is being written")
    expect(page.locator("#history-section li").first).to_contain_text("edited evidence")

    save_and_remove(page)
    assert page.url.split("#")[0] == address.split("#")[0]


def test_a_source_is_named_by_the_keyboard(person):
    somebody = person(CHECKER)
    drafting(somebody)
    page = somebody.page
    form = begin_evidence(page)
    field = form.get_by_role("textbox", name="Source", exact=True)
    field.focus()
    field = form.get_by_role("combobox", name="Source", exact=True)
    field.press_sequentially("forty-one")
    options = form.locator(".found [role=option]")
    options.first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    assert somebody.violations() == []
    field.press("ArrowDown")
    chosen = form.locator("[aria-selected=true]")
    assert chosen.get_attribute("id") == field.get_attribute("aria-activedescendant")
    field.press("Escape")
    assert (form.locator(".found").is_visible(), field.input_value()) == (False, "forty-one")
    field.press("ArrowDown")
    title = chosen.locator(".statement").inner_text()
    field.press("Enter")
    assert re.fullmatch(r"\d+\. " + re.escape(title), field.input_value())
    field.fill("nothing like it")
    form.get_by_text("No source has these words.").wait_for()


def test_the_preview_reads_as_the_public_page(person):
    somebody = person(CHECKER)
    drafting(somebody)
    page = somebody.page
    page.get_by_label("Explanation").fill("Counted **twice**.\n\n<b>no</b> [here](https://lamps.example/)")
    page.get_by_role("button", name="Preview").click()
    shown = page.get_by_role("region", name="Preview")
    shown.get_by_role("link", name="here").wait_for()
    assert shown.locator(".prose").inner_html().strip() == (
        '<p>Counted <strong>twice</strong>.</p>\n<p>&lt;b&gt;no&lt;/b&gt; '
        '<a href="https://lamps.example/" rel="noopener nofollow">here</a></p>'
    )  # fmt: skip
    assert somebody.violations() == []


def test_a_draft_survives_a_closed_tab(person):
    somebody = person(CHECKER)
    address, page = drafting(somebody), somebody.page
    page.get_by_label("Summary").fill(SAID)
    page.get_by_text("not saved yet").wait_for(timeout=9_000)
    form = begin_evidence(page)
    form.get_by_label("Excerpt").fill("TEST DATA: half a sentence")
    page.close(run_before_unload=False)

    somebody.page = page = page.context.new_page()
    page.goto(address)
    page.get_by_text("and did not save it").wait_for()
    assert page.get_by_label("Summary").input_value() != SAID
    page.locator("#check-section").get_by_role("link", name="Use it").click()
    page.get_by_text("Below stands what you wrote").wait_for()
    expect(page.get_by_label("Summary")).to_have_value(SAID)
    page.get_by_role("link", name="Add evidence").click()
    slot = page.locator("#evidence-new")
    slot.get_by_role("link", name="Use it").click()
    slot.get_by_text("Below stands what you wrote").wait_for()
    expect(slot.get_by_label("Excerpt")).to_have_value("TEST DATA: half a sentence")
    slot.get_by_role("button", name="Throw it away").click()
    slot.get_by_text("Below stands what you wrote").wait_for(state="detached")

    page.get_by_role("button", name="Save the draft").click()
    page.locator(".message.success").wait_for()
    expect(page.get_by_label("Summary")).to_have_value(SAID)
    expect(page.locator(".kept-draft")).to_have_count(0)


def test_a_long_text_is_kept_when_the_page_is_hidden_though_no_beacon_carries_it(person):
    somebody = person(CHECKER)
    drafting(somebody)
    page, long = somebody.page, ("Проверка. " * 2_000).strip()
    page.get_by_label("Explanation").fill(long)
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { value: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.get_by_text("not saved yet").wait_for(timeout=9_000)
    page.reload()
    page.locator("#check-section").get_by_role("link", name="Use it").click()
    page.get_by_text("Below stands what you wrote").wait_for()
    expect(page.get_by_label("Explanation")).to_have_value(long)
    page.locator("#check-section").get_by_role("button", name="Throw it away").click()
    page.get_by_text("Below stands what you wrote").wait_for(state="detached")


def test_a_desk_that_cannot_be_reached_is_said_so_and_nothing_is_lost(person):
    somebody = person(CHECKER)
    drafting(somebody)
    page = somebody.page
    form = begin_evidence(page)
    page.context.set_offline(True)
    form.get_by_label("Kind").select_option("observation")
    form.get_by_label("Excerpt").fill(SAID)
    form.get_by_label("Whose information it is").fill("The test itself")
    form.get_by_role("button", name="Add", exact=True).click()
    page.locator("#evidence-new [role=alert]", has_text="The desk cannot be reached.").wait_for()
    form.get_by_text("kept nowhere but on this page").wait_for(timeout=9_000)
    expect(form.get_by_label("Excerpt")).to_have_value(SAID)
    page.context.set_offline(False)
    form.get_by_role("button", name="Add", exact=True).click()
    page.locator("#evidence-list li", has_text=SAID).first.wait_for()
    somebody.faults.clear()  # The browser's own word on the request that failed.


@pytest.mark.parametrize("width", [390, 1440])
def test_without_scripts_the_same_forms_are_pages(person, width):
    somebody = person(CHECKER, scripts=False, width=width)
    drafting(somebody)
    page = somebody.page
    page.get_by_role("link", name="Add evidence").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add evidence", use_inner_text=True)
    page.get_by_label("Stance").select_option("context")
    page.get_by_label("Source", exact=True).fill("no such title")
    page.get_by_label("Whose information it is").fill("The test itself")
    page.get_by_role("button", name="Add", exact=True).click()
    assert "No source has this number, address or title." in page.get_by_role("main").inner_text()
    page.get_by_label("Source", exact=True).fill("1")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Evidence", exact=True)).to_have_count(1)
