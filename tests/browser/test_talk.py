"""Two people talk about a draft: words selected with the mouse, a name chosen with the keys, an answer, and its end."""

import re

from playwright.sync_api import expect

from tests.browser.test_pages import first_of

EDITOR, AUTHOR = "odalys.fennimarsh", "ilario.mossbeck"


def ask_about_the_summary(edda, claim):
    """She selects the summary with the mouse, and mentions its author by a name chosen with the keys."""
    page = edda.page
    edda.open(claim)
    offer = page.get_by_role("button", name="Comment on the selected words")
    assert not offer.is_visible()
    page.locator("[data-passage=summary]").click(click_count=3)
    words = page.evaluate("getSelection().toString().trim()")
    offer.click()
    form = page.locator("#comment-form")
    expect(form.get_by_label("Words of the draft")).to_have_value(words)
    assert page.evaluate("document.activeElement.id") == "comment-text"
    page.keyboard.type("Who counted, @ila")
    page.get_by_role("option", name=AUTHOR).wait_for()
    assert edda.violations() == []
    page.keyboard.press("Enter")
    page.keyboard.type("and when?")
    assert form.get_by_label("Comment").input_value() == f"Who counted, @{AUTHOR} and when?"
    form.get_by_role("button", name="Comment").click()
    page.locator(".conversation", has_text="and when?").wait_for()
    assert page.locator("[data-passage=summary] mark").first.inner_text() in words


def answer_it(vera, claim):
    """He was told, answers, and is told no more: what was before his eyes for a while is read."""
    vera.open(claim)
    told = vera.page.locator(".told")
    told.get_by_role("link", name=re.compile("mentioned you in a comment")).click()
    assert re.search(r"#comment-\d+$", vera.page.url)
    conversation = vera.page.locator(".conversation", has_text="and when?")
    conversation.get_by_text("Answer…").click()
    answer = conversation.get_by_label("Comment", exact=True)
    expect(answer).to_have_value(f"@{EDITOR} ")
    answer.fill("The office, in May.")
    conversation.get_by_role("button", name="Answer").click()
    vera.page.locator(".told button").wait_for(state="detached", timeout=20_000)
    vera.page.reload()
    expect(vera.page.locator(".told")).to_have_count(0)


def test_a_passage_is_discussed_until_it_is_resolved(person):
    edda, vera = person(EDITOR), person(AUTHOR)
    claim = first_of(edda, "submitted")
    ask_about_the_summary(edda, claim)
    answer_it(vera, claim)
    page = edda.page
    page.reload()
    conversation = page.locator(".conversation", has_text="The office, in May.")
    conversation.get_by_role("button", name="Mark as resolved").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 resolved conversation").wait_for()
    expect(page.locator("[data-passage=summary] mark")).to_have_count(0)


def test_words_of_a_draft_being_written_are_taken_from_its_field(person):
    vera = person("wenna.tarrowick")
    vera.open(first_of(vera, "drafting"))
    page = vera.page
    summary = page.locator(".check textarea[name=summary]")
    summary.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("Control+Shift+ArrowRight")
    words = page.evaluate("document.activeElement.value.slice(0, document.activeElement.selectionEnd).trim()")
    assert not page.locator("#comment-form").is_visible()
    page.get_by_role("button", name="Comment on the selected words").click()
    assert page.locator("#comment-form [name=passage]").input_value() == words != ""
    expect(page.locator("#comment-form [name=passage_field]")).to_have_value("summary")


def test_a_key_unfolds_the_comment(person):
    vera = person("wenna.tarrowick")
    vera.open(first_of(vera, "noted"))
    vera.page.keyboard.press("c")
    expect(vera.page.locator("#comment-form").get_by_label("Comment", exact=True)).to_be_focused()
