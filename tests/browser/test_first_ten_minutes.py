"""The README's first ten minutes, followed literally: its people, and the names of pages and buttons as it has them."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import ROOT, visit

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = re.search(r"^## The first ten minutes\n(.*?)^## ", README, re.S | re.M).group(1)
STEPS = [None, *re.split(r"^\d\. ", SECTION, flags=re.M)[1:]]
WORDS, SAID = "TEST DATA: a claim of the first ten minutes", "TEST DATA, not evidence: written by a browser test."


def bold(step):
    return [" ".join(name.split()) for name in re.findall(r"\*\*([^*]+)\*\*", STEPS[step])]


def code(step):
    return re.findall(r"`([^`]+)`", STEPS[step])


def take_home(page, step):
    (claims, words, button, verdicts), (typed,) = bold(step), code(step)
    visit(page, claims)
    page.get_by_label(words, exact=True).fill(typed)
    page.get_by_role("button", name=button).click()
    assert f"text={typed}" in page.url
    with page.expect_download():
        page.get_by_role("link", name=verdicts, exact=True).click()


def note(page, step):
    (sources, _note, mark, quote, statement, said_by, keep), (title,) = bold(step), code(step)
    visit(page, sources)
    page.get_by_role("link", name=title).first.click()
    assert page.locator("mark").count() > 0
    page.get_by_text(mark).click()
    form = page.locator("form", has=page.get_by_label(quote))
    form.get_by_label(quote).fill(page.locator("mark").first.inner_text())
    form.get_by_label(statement).fill(WORDS)
    form.get_by_label(said_by).first.fill("Corvane Aldermoss")
    form.get_by_role("button", name=keep).click()


def draft(page, step):
    select, start, add, rating, summary, answer, submit = bold(step)
    page.get_by_role("link", name=WORDS).click()
    page.locator("summary", has_text=select).click()
    form = page.locator("details[open]", has=page.locator("summary", has_text=select))
    form.get_by_label("Harm: it may hurt somebody").check()
    form.get_by_role("textbox", name="Reason").fill("Test: it has to be checked")
    form.get_by_role("button", name=select).click()
    page.get_by_role("button", name=start).click()
    page.get_by_role("link", name=add).click()
    page.get_by_label("Kind").select_option("observation")
    page.get_by_label("Stance").select_option("context")
    page.get_by_label("Excerpt").fill(SAID)
    page.get_by_label("Whose information it is").fill("The test itself")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#evidence-list", has_text=SAID).wait_for()
    page.get_by_label(rating).select_option("Unproven")
    page.get_by_label(summary).fill(SAID)
    for asked in page.locator(".asked-open").get_by_label(answer).all():
        asked.fill(SAID)
    page.get_by_role("button", name=submit).click()
    expect(page.locator("#glance .status")).to_contain_text("Submitted", use_inner_text=True)


def test_the_first_ten_minutes(desk, person):
    assert code(1)[0].endswith("manage.py desk --demo")
    somebody = person(*code(2))
    assert bold(2) == [somebody.page.get_by_role("heading", level=1).inner_text()]
    take_home(somebody.page, 3)
    note(somebody.page, 4)
    draft(somebody.page, 5)

    leave, waiting, approve, publish = bold(6)
    expect(somebody.page.get_by_role("button", name=approve)).to_have_count(0)
    somebody.page.get_by_role("button", name=leave).click()
    somebody.log_in(*code(6))
    page = somebody.page
    visit(page, waiting)
    page.get_by_role("link", name=WORDS).click()
    address = page.url.split("?")[0]
    page.get_by_role("button", name=approve, exact=True).click()
    page.get_by_role("button", name=publish).click()

    assert page.url.split("?")[0] != address
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text("Unproven", use_inner_text=True)
    expect(page.get_by_role("heading", name=bold(7)[0], exact=True)).to_have_count(1)
    assert page.goto(page.url.replace(code(7)[0], "")).status == 200
    expect(page.get_by_role("main")).to_contain_text(SAID, use_inner_text=True)
