"""What only a browser shows of files: attached in place, refused in words, and inert when they are opened."""

from playwright.sync_api import expect

from tests.browser.test_writing import begin_evidence, drafting

CHECKER = "wenna.tarrowick"
PAGE = b"<!doctype html><script>top.location = '/desk/people/'</script>TEST DATA: a saved page"


def upload(name, content, kind="application/octet-stream"):
    return {"name": name, "mimeType": kind, "buffer": content}


def test_a_file_goes_with_the_evidence_and_nothing_in_it_acts(person):
    somebody = person(CHECKER)
    drafting(somebody)
    page = somebody.page
    begin_evidence(page)
    slot = page.locator("#evidence-new")
    slot.get_by_label("Whose information it is").fill("The test itself")
    slot.get_by_text("A new source instead").click()
    slot.get_by_label("Its title").fill("TEST DATA, a saved page")
    slot.get_by_label("A file of the source").set_input_files(upload("page.png", b"\x00\x01 no picture"))
    slot.get_by_role("button", name="Add", exact=True).click()
    slot.get_by_text("none of the kinds of files that are kept").wait_for()
    expect(slot.locator(".errors")).to_contain_text("choose it again")
    assert somebody.violations() == []
    slot.get_by_label("A file of the source").set_input_files(upload("page.png", PAGE))
    slot.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="TEST DATA, a saved page").click()
    page.get_by_role("heading", name="Files").wait_for()
    assert somebody.violations() == []
    with page.expect_download() as download:
        page.get_by_role("link", name="page.png").click()
    assert download.value.suggested_filename == "page.png.html"
    page.get_by_role("link", name="Attach a file").click()
    page.get_by_label("File").set_input_files(upload("note.exe", PAGE.replace(b"<!", b"Text <!")))
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("link", name="note.exe").click()
    assert "/desk/files/" in page.url
    expect(page.locator("body")).to_have_text(PAGE.replace(b"<!", b"Text <!").decode())
