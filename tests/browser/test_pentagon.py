"""The Pentagon claim from noted to published through two people, and a third who is refused.

The real case carries no evidence and no verdict; what is typed here says on its face that it is test data, and it
stays in the test's own database.
"""

import csv
import io
import re

from playwright.sync_api import expect

from tests.browser.conftest import find_claim, note_reason

EVIDENCE = "TEST DATA, not evidence: written by a browser test."
SUMMARY = "TEST DATA, not a verdict: written by a browser test."
DEATHS = "at least 82 people dead"


def draft_it(page):
    page.get_by_role("button", name="Start the check").click()
    page.get_by_role("link", name="Add evidence").click()
    page.get_by_label("Kind").select_option("observation")
    page.get_by_label("Stance").select_option("context")
    page.get_by_label("Excerpt").fill(EVIDENCE)
    page.get_by_label("Whose information it is").fill("The test itself")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#evidence-list", has_text=EVIDENCE).wait_for()
    page.get_by_label("Rating").select_option("Unproven")
    page.get_by_label("Summary").fill(SUMMARY)
    answer_all(page)
    page.get_by_role("button", name="Save and submit for approval").click()


def answer_all(page):
    for asked in page.locator(".asked-open").get_by_label("Your answer").all():
        asked.fill(SUMMARY)


POST = """async address => {
    const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
    return (await fetch(address, {method: 'POST', headers: {'X-CSRFToken': token}})).status;
}"""


def rows(desk, *command):
    text = desk.manage("export_csv", "verdicts", *command).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def note_to_submitted(checker):
    """Put the claim back to noted, select it, and take it through evidence and draft to the second person."""
    find_claim(checker, DEATHS)
    note_reason(checker.page, "Put back to noted", "So that the test starts at noted").get_by_role("button").click()
    assert checker.page.locator("#glance .status").inner_text().startswith("Noted")
    form = note_reason(checker.page, "Select for checking", "Test: it has to be checked")
    form.get_by_label("Harm: it may hurt somebody").check()
    form.get_by_role("button").click()
    draft_it(checker.page)
    expect(checker.page.locator("#glance .status")).to_contain_text("Submitted", use_inner_text=True)
    expect(checker.page.get_by_role("button", name="Approve")).to_have_count(0)
    return checker.page.locator("form[action*=take-back]").get_attribute("action").replace("take-back", "approve")


def is_refused(third, address, approve):
    assert third.open(address).status == 200
    expect(third.page.get_by_role("button", name="Approve")).to_have_count(0)
    assert third.page.evaluate(POST, approve) == 403
    assert third.open(approve).status == 403


def approve_and_publish(editor):
    editor.open("/desk/review/")
    editor.page.get_by_role("link", name=re.compile(DEATHS)).click()
    address = editor.page.url.split("?")[0]
    expect(editor.page.locator("#check").locator("..")).to_contain_text(SUMMARY, use_inner_text=True)
    editor.page.get_by_role("button", name="Approve", exact=True).click()
    editor.page.get_by_role("button", name="Publish").click()
    editor.page.goto(address)
    expect(editor.page.locator("#glance .status")).to_contain_text("Published", use_inner_text=True)


def test_from_noted_to_published(desk, person):
    checker = person("wenna.tarrowick")
    approve = note_to_submitted(checker)
    address = checker.page.url.removeprefix(desk.url).split("#")[0]
    is_refused(person("ilario.mossbeck"), address, approve)
    editor = person("odalys.fennimarsh")
    approve_and_publish(editor)

    reader = person()
    assert reader.open(address.replace("/desk", "")).status == 200
    shown = reader.page.get_by_role("main").inner_text()
    for words in (DEATHS, SUMMARY, EVIDENCE, "Unproven", "Wenna Tarrowick", "Odalys Fennimarsh"):
        assert words in shown
    assert reader.violations() == []
    check_row(desk, editor, address)


def check_row(desk, editor, address):
    claim_id = re.search(r"\d+", address).group()
    (row,) = [each for each in rows(desk) if each["claim_id"] == claim_id]
    assert DEATHS in row.pop("claim")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row.pop("published_at"))
    assert "leaving at least 82 dead" in row.pop("quote")
    assert row.pop("source_title").startswith("Article on the telephone call")
    assert row == {
        "claim_id": claim_id, "claimant": "Pentagon", "claimant_role": "", "said_on": "", "topics": "Military strikes",
        "kind": "figure", "source_publisher": "", "source_url": "", "appearances": "1", "verdict_number": "1",
        "rating": "Unproven", "rating_value": "", "attribution": "", "summary": SUMMARY, "explanation": "",
        "evidence_until": "", "author": "Wenna Tarrowick", "approver": "Odalys Fennimarsh", "override": "",
        "supersedes": "", "replacement_kind": "", "replacement_note": "", "evidence_count": "1",
        "independent_origins": "1", "claim_url": f"{desk.url}/claims/{claim_id}/",
    }  # fmt: skip
    editor.open("/desk/claims/")
    editor.page.get_by_label("Words").fill(DEATHS)
    editor.page.get_by_role("button", name="Filter").click()
    with editor.page.expect_download() as download:
        editor.page.get_by_role("link", name="Verdicts", exact=True).click()
    with open(download.value.path(), newline="", encoding="utf-8-sig") as file:
        assert [each["claim_id"] for each in csv.DictReader(file)] == [claim_id]


def admin_act(page, name):
    page.locator("section.acts").get_by_role("button", name=name).click()


def draft_in_admin(page, claim):
    """Evidence inline on the claim, a check started by its button, and its draft. What an outsider would ask is
    answered on the claim's own page, and the draft submitted in the admin again."""
    page.locator("#evidence-group .add-row a, #evidence-group .addlink").last.click()
    row = page.locator("#evidence-0")
    row.locator("[name=evidence-0-kind]").select_option("observation")
    row.locator("[name=evidence-0-stance]").select_option("context")
    row.locator("[name=evidence-0-excerpt]").fill(EVIDENCE)
    row.locator("[name=evidence-0-origin]").fill("The test itself")
    page.get_by_role("button", name="Save and continue editing").click()
    admin_act(page, "Start a check")
    page.locator("[name=rating]").select_option(label="Unproven")
    page.locator("[name=summary]").fill(SUMMARY)
    page.get_by_role("button", name="Save and continue editing").click()
    address = page.url
    page.goto(claim)
    answer_all(page)
    page.get_by_role("button", name="Save the draft").click()
    page.goto(address)
    admin_act(page, "Submit")


def test_the_same_in_the_admin(desk, person):
    editor = person("odalys.fennimarsh")
    find_claim(editor, "21 bombing raids")
    claim = editor.page.url
    claim_id = re.search(r"claims/(\d+)/", claim).group(1)
    editor.open(f"/admin/claims/claim/{claim_id}/change/")
    draft_in_admin(editor.page, claim)
    address = editor.page.url.removeprefix(desk.url)
    expect(editor.page.locator("section.acts").get_by_role("button", name="Approve")).to_have_count(0)

    second = person("marguerite.stoutbarrow")
    second.open(address)
    admin_act(second.page, "Approve")
    admin_act(second.page, "Publish")
    (row,) = [each for each in rows(desk) if each["claim_id"] == claim_id]
    assert (row["summary"], row["author"], row["approver"], row["override"]) == (
        SUMMARY, "Odalys Fennimarsh", "Marguerite Stoutbarrow", "",
    )  # fmt: skip
