"""A newsroom's day: three people in three browsers take the morning's article to a verdict in the evening's list.

Wenna Tarrowick checks facts, Odalys Fennimarsh edits, Marguerite Stoutbarrow runs the desk. The article is the test's
own, so that the claims of the demo stay as other tests look for them.
"""

import csv
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Hands, drag, find_claim, marking_form, note_reason, tick, unfold, visit

TITLE = "TEST DATA: The bell of Quillet Mole"
ARTICLE = f"""{TITLE}

The fog bell of Quillet Mole rang on nine nights in October, its keeper Tansy Quillfeather said on Sunday.

Her ferry, she added, has not been late this year, and the gulls have kept their distance.
"""
BELL = "The fog bell of Quillet Mole rang on nine nights in October"
FERRY = "The ferry to Quillet Mole has not been late this year"
EXCERPT = "TEST DATA, not evidence: the bell book has six nights."
FIRST_SUMMARY = "TEST DATA: The bell rang less often."
SUMMARY = "TEST DATA: The bell rang on six nights, says the bell book."
DISCLOSURE = "TEST DATA: The desk’s cook lends the keeper a boat."
FREE, MINE, SOON = "Selected, and nobody’s yet", "Assigned to me", "Due within a week"
ASKED, WAITING, RETURNED, CHANGED = "Mentioned", "For me to approve or publish", "Sent back to me", "Changed since"


# What anybody does


def work(somebody):
    """{part of My work: how many} as the head of that page says it."""
    somebody.open("/desk/")
    parts = somebody.page.get_by_role("navigation", name="Parts of my work").get_by_role("listitem").all_inner_texts()
    return {heading: int(count) for count, heading in (part.split(maxsplit=1) for part in parts)}


@contextmanager
def work_moves(somebody, moves):
    """Meanwhile these parts of somebody's work grow or shrink by so much, and no others but what changed."""
    before = work(somebody)
    yield
    after = work(somebody)
    moved = {part: after[part] - before[part] for part in after if not part.startswith(CHANGED)}
    assert {part: by for part, by in moved.items() if by} == moves


def part(somebody, heading):
    return somebody.page.get_by_role("region", name=heading)


def takes_up(somebody, heading, claim):
    """Open a claim from a part of My work."""
    somebody.open("/desk/")
    part(somebody, heading).get_by_role("link", name=claim).first.click()
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text(claim)


def expect_status(somebody, words):
    """On a claim's page that is there as a whole: before its scripts came, a link leads to a page of its own."""
    expect(somebody.page.locator("#glance .status")).to_have_text(words, use_inner_text=True)
    somebody.page.wait_for_load_state()


def expect_history(somebody, words):
    """That the last act on the claim is this."""
    expect(somebody.page.locator("#history-section li").first).to_contain_text(words)


def goes_home(somebody):
    somebody.open("/desk/")
    leave = somebody.page.get_by_role("button", name="Log out")
    leave.click()
    expect(leave).to_have_count(0)
    somebody.open("/desk/")
    assert "/accounts/login/" in somebody.page.url


# The morning: an article is read, its claims are noted, selected and given out


def brings_the_article(wenna):
    page = wenna.page
    visit(page, "Sources")
    page.get_by_role("link", name="Add a source").click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Text", exact=True).fill(ARTICLE)
    page.get_by_role("button", name="Add the source").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


def names_the_keeper(form):
    form.get_by_label("Who said it").first.fill("Tansy Quillfeather")
    form.get_by_label("Role as stated").fill("Keeper of the bell")


def names_the_keeper_again(form):
    """By the button that offers who spoke in this article before."""
    form.get_by_role("button", name="Tansy Quillfeather, Keeper of the bell").click()


def notes(wenna, words, statement, who):
    """Select the words with the mouse, and say what they claim."""
    page, form = wenna.page, marking_form(wenna.page)
    drag(page, words)
    page.get_by_role("button", name="Note these words").click()
    expect(form.get_by_label("Exact words")).to_have_value(words)
    form.get_by_label("Statement").fill(statement)
    who(form)
    form.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator(".claims-here").get_by_role("link", name=statement)).to_be_visible()
    expect(page.locator("mark", has_text=words)).to_have_count(1)


def selects(wenna, claim):
    find_claim(wenna, claim)
    form = note_reason(wenna.page, "Select for checking", "Test: the harbour talks of it")
    form.get_by_label("Harm: it may hurt somebody").check()
    form.get_by_role("button", name="Select for checking").click()
    expect_status(wenna, "Selected")


def gives_both_out(marguerite):
    """From what is nobody's yet to the admin, where both claims go to Wenna in one bulk act."""
    page = marguerite.page
    marguerite.open("/desk/")
    part(marguerite, FREE).get_by_role("link", name="All, as a list").click()
    rows = page.get_by_role("table").get_by_role("link", name=re.compile("Quillet Mole"))
    expect(rows).to_have_count(2)
    numbers = [re.search(r"\d+", link.get_attribute("href")).group() for link in rows.all()]
    marguerite.open("/admin/claims/claim/")
    tick(page, numbers)
    page.locator("select[name=action]").select_option("Assign…")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_label("Who checks it").select_option("Wenna Tarrowick")
    page.get_by_label("Due").fill((datetime.now(UTC) + timedelta(days=3)).date().isoformat())
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#content-main")).to_contain_text("2 would change")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#content-main")).to_contain_text("2 changed")


# Before noon: the fact-checker gathers evidence, drafts, and asks


def adds_evidence(wenna):
    """In place, with a source of the desk's own found by its title."""
    page = wenna.page
    page.get_by_role("link", name="Add evidence").click()
    form = page.locator("#evidence-new form[data-once]")
    form.get_by_label("Stance").select_option("contradicts")
    form.get_by_label("Source", exact=True).press_sequentially("bulletin")
    form.get_by_role("option", name=re.compile("Bulletin No. 11")).click()
    form.get_by_label("Excerpt").fill(EXCERPT)
    form.get_by_label("Whose information it is").fill("The test itself")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#evidence-list")).to_contain_text(EXCERPT)


def drafts(wenna):
    """Start the check, write, look at it as a reader will see it, and save."""
    page = wenna.page
    page.get_by_role("button", name="Start the check").click()
    expect_status(wenna, "Drafting")
    adds_evidence(wenna)
    page.get_by_label("Rating").select_option("False")
    page.get_by_label("Summary").fill(FIRST_SUMMARY)
    page.get_by_label("Explanation").fill("TEST DATA: The book was **read twice**.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview").locator("strong")).to_have_text("read twice")
    page.get_by_role("button", name="Save the draft").click()
    expect_history(wenna, "edited the draft")


def asks(wenna, question):
    unfold(wenna.page, "Write a comment")
    form = wenna.page.locator("#comment-form")
    form.get_by_label("Comment").fill(question)
    form.get_by_role("button", name="Comment").click()
    expect(wenna.page.locator(".conversation")).to_contain_text(question)


def answers(odalys, question, answer):
    """From My work to the question itself, and what was answered is read."""
    takes_up(odalys, ASKED, BELL)
    page = odalys.page
    conversation = page.locator(".conversation", has_text=question)
    conversation.get_by_text("Answer…").click()
    field = conversation.get_by_label("Comment", exact=True)
    field.fill(field.input_value() + answer)
    conversation.get_by_role("button", name="Answer").click()
    expect(conversation).to_contain_text(answer)


def reads(somebody, heading, claim, words):
    """What somebody is told stands on the claim's page, and is gone once it is read."""
    takes_up(somebody, heading, claim)
    told = somebody.page.locator(".told")
    expect(told).to_contain_text(words)
    told.get_by_role("button", name="Mark as read").click()
    expect(told).to_have_count(0)


# The afternoon: sent back, mended beside somebody else's edit, approved


def submits(wenna):
    find_claim(wenna, BELL)
    for asked in wenna.page.locator(".asked-open").get_by_label("Your answer").all():
        asked.fill("TEST DATA, not an answer: written by a browser test.")
    wenna.page.get_by_role("button", name="Save and submit for approval").click()
    expect_status(wenna, "Submitted")


def sends_back(odalys, reason):
    takes_up(odalys, WAITING, BELL)
    expect(odalys.page.locator("#check-section")).to_contain_text(FIRST_SUMMARY)
    note_reason(odalys.page, "Send back", reason).get_by_role("button", name="Send back").click()
    expect(odalys.page.locator(".message")).to_contain_text("It stands in its history.")


def adds_a_disclosure(marguerite):
    find_claim(marguerite, BELL)
    marguerite.page.get_by_label("Disclosures").fill(DISCLOSURE)
    marguerite.page.get_by_role("button", name="Save the draft").click()
    expect_history(marguerite, "Marguerite Stoutbarrow edited the draft")


def mends_it_and_meets_the_other_edit(wenna, reason, meanwhile):
    """Wenna's form is older than what Marguerite saved: nothing is lost of either, and she submits both."""
    takes_up(wenna, RETURNED, BELL)
    page = wenna.page
    expect(page.locator("#check-section")).to_contain_text(reason)
    meanwhile()
    page.get_by_label("Summary").fill(SUMMARY)
    page.get_by_role("button", name="Save and submit for approval").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this meanwhile.")
    expect(page.locator(".conflict")).to_contain_text("Marguerite Stoutbarrow edited the draft")
    expect(page.locator(".conflict")).to_contain_text(
        "You alone changed this, and it stands below as you typed it: Summary"
    )
    expect(page.get_by_label("Summary")).to_have_value(SUMMARY)
    assert wenna.violations() == []
    expect(page.get_by_label("Disclosures")).to_have_value(DISCLOSURE)
    page.get_by_role("button", name="Save and submit for approval").click()
    expect_status(wenna, "Submitted")


def approves_and_publishes_with_the_keyboard(odalys):
    odalys.open("/desk/")
    keys = Hands(odalys)
    keys.go("g", "q")
    keys.go("n")
    while keys.heading() != BELL:
        keys.go("n")
    keys.take_further("a", "Approve")
    keys.take_further("u", "Publish")


# The evening: what the reader sees, what cannot be taken back, what was done today


def sees_the_verdict(reader, address):
    assert reader.open(address.replace("/desk", "")).status == 200
    shown = reader.page.get_by_role("main").inner_text()
    for words in (BELL, "False", SUMMARY, EXCERPT, DISCLOSURE, "Wenna Tarrowick", "Odalys Fennimarsh"):
        assert words in shown
    assert FIRST_SUMMARY not in shown
    assert reader.violations() == []


def sees_what_became_of_it(wenna):
    """She is told of the approval, and My work shows what others did until she has seen it."""
    find_claim(wenna, BELL)
    expect_status(wenna, "Published")
    expect(wenna.page.locator(".told")).to_contain_text("Odalys Fennimarsh approved")
    address = wenna.page.url.removeprefix(wenna.desk.url)
    wenna.open("/desk/")
    changed = part(wenna, CHANGED)
    expect(changed).to_contain_text("Odalys Fennimarsh published the verdict")
    changed.get_by_role("button", name="Mark as seen").click()
    expect(changed).to_contain_text("Nobody else has changed a claim")
    return address


def takes_the_morning_back(marguerite):
    """Of the two claims given out, one went on to a verdict; the page says so, and the other is nobody's again."""
    page = marguerite.page
    marguerite.open("/admin/claims/bulkact/")
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("button", name="Undo all of it").click()
    page.get_by_role("button", name="Undo it").click()
    for said in ("1 changed", "1 refused"):
        expect(page.locator("#content-main")).to_contain_text(said)
    expect(page.get_by_role("row", name=re.compile(BELL))).to_contain_text("A check of this claim was started since")


def verdicts_in_force(marguerite):
    marguerite.open("/desk/statistics/")
    return int(marguerite.page.locator(".headline > div", has_text="Verdicts in force").locator("dd").inner_text())


def last_verdict_taken_home(marguerite):
    visit(marguerite.page, "Claims")
    with marguerite.page.expect_download() as download:
        marguerite.page.get_by_role("link", name="Verdicts", exact=True).click()
    with open(download.value.path(), newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))[-1]


# The day


def morning(wenna, marguerite):
    brings_the_article(wenna)
    notes(wenna, "rang on nine nights in October", BELL, names_the_keeper)
    notes(wenna, "has not been late this year", FERRY, names_the_keeper_again)
    with work_moves(marguerite, {FREE: 2}):
        selects(wenna, BELL)
        selects(wenna, FERRY)
    with work_moves(wenna, {MINE: 2, SOON: 2, FREE: -2}):
        gives_both_out(marguerite)


def before_noon(wenna, odalys):
    reads(wenna, MINE, BELL, "Marguerite Stoutbarrow assigned")
    drafts(wenna)
    question = "@odalys.fennimarsh does the bell book go first?"
    with work_moves(odalys, {ASKED: 1}):
        asks(wenna, question)
    with work_moves(wenna, {ASKED: 1}):
        answers(odalys, question, "It does, with its page.")
    with work_moves(wenna, {ASKED: -1}):
        reads(wenna, ASKED, BELL, "Odalys Fennimarsh mentioned you")


def afternoon(wenna, odalys, marguerite):
    reason = "Test: say how many nights it was"
    with work_moves(odalys, {WAITING: 1}):
        submits(wenna)
    with work_moves(wenna, {RETURNED: 1}):
        sends_back(odalys, reason)
    with work_moves(wenna, {RETURNED: -1}), work_moves(odalys, {WAITING: 1}):
        mends_it_and_meets_the_other_edit(wenna, reason, meanwhile=lambda: adds_a_disclosure(marguerite))
    with work_moves(odalys, {WAITING: -1}), work_moves(wenna, {MINE: -1, SOON: -1}):
        approves_and_publishes_with_the_keyboard(odalys)


def evening(wenna, marguerite, reader):
    address = sees_what_became_of_it(wenna)
    sees_the_verdict(reader, address)
    with work_moves(wenna, {MINE: -1, SOON: -1, FREE: 1}):
        takes_the_morning_back(marguerite)


@pytest.mark.timeout(600)  # three minutes where the machine is busy
def test_a_day_at_the_desk(person):
    wenna, odalys, marguerite = map(person, ("wenna.tarrowick", "odalys.fennimarsh", "marguerite.stoutbarrow"))
    yesterday = verdicts_in_force(marguerite)
    morning(wenna, marguerite)
    before_noon(wenna, odalys)
    afternoon(wenna, odalys, marguerite)
    evening(wenna, marguerite, reader=person())
    assert verdicts_in_force(marguerite) == yesterday + 1
    row = last_verdict_taken_home(marguerite)
    assert (row["claim"], row["rating"], row["summary"], row["author"], row["approver"]) == (
        BELL, "False", SUMMARY, "Wenna Tarrowick", "Odalys Fennimarsh",
    )  # fmt: skip
    for somebody in (wenna, odalys, marguerite):
        goes_home(somebody)
