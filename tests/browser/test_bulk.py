"""Forty claims of the real case, changed at once in the admin, and the change undone."""

import csv
import io

from playwright.sync_api import expect

from tests.browser.conftest import tick

FORTY = range(1, 41)


def claims(desk):
    """{number: row} of the claims as they leave the desk."""
    text = desk.manage("export_csv", "claims", "--raw").decode()
    return {int(row["claim_id"]): row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_forty_claims_are_given_to_somebody_and_the_edit_is_undone(desk, person):
    before = claims(desk)
    chief = person("marguerite.stoutbarrow")
    chief.open("/admin/claims/claim/?all=")
    tick(chief.page, FORTY)
    chief.page.locator("select[name=action]").select_option("Assign…")
    chief.page.get_by_role("button", name="Go", exact=True).click()
    expect(chief.page.locator("#content-main")).to_contain_text("For 40 claims.", use_inner_text=True)
    chief.page.get_by_label("Who checks it").select_option("Wenna Tarrowick")
    chief.page.get_by_role("button", name="Show what would change").click()
    expect(chief.page.locator("#content-main")).to_contain_text("40 would change", use_inner_text=True)
    assert claims(desk) == before
    chief.page.get_by_role("button", name="Do it").click()
    expect(chief.page.locator("#content-main")).to_contain_text("40 changed", use_inner_text=True)
    after = claims(desk)
    assert {number for number in after if after[number] != before[number]} == set(FORTY)
    assert {after[number]["assignee"] for number in FORTY} == {"wenna.tarrowick"}
    chief.page.get_by_role("button", name="Undo all of it").click()
    chief.page.get_by_role("button", name="Undo it").click()
    expect(chief.page.locator("#content-main")).to_contain_text("40 changed", use_inner_text=True)
    assert claims(desk) == before


def test_a_pasted_table_changes_every_claim_and_is_undone_on_a_telephone(desk, person):
    before = claims(desk)
    table = "id,priority\n" + "\n".join(f"{number},urgent" for number in sorted(before))
    chief = person("marguerite.stoutbarrow", width=390, dark=True)
    chief.open("/admin/claims/bulkact/table/")
    chief.page.get_by_label("Table").fill(table)
    chief.page.get_by_role("button", name="Show what would change").click()
    chief.page.get_by_role("button", name="Do it").click()
    chief.page.get_by_role("button", name="Undo all of it").wait_for()
    assert {row["priority"] for row in claims(desk).values()} == {"urgent"}
    chief.page.get_by_role("button", name="Undo all of it").click()
    chief.page.get_by_role("button", name="Undo it").click()
    chief.page.get_by_role("button", name="Take this undoing back").wait_for()
    assert claims(desk) == before
