"""Every page looked at: both widths, both themes, axe, the policy, the keyboard's skip link, and without scripts."""

import pytest

from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_statistics import printed_pages

EDITOR = "odalys.fennimarsh"
PAGES = {
    "log-in": (None, "/accounts/login/"),
    "reset": (None, "/accounts/password/reset/"),
    "corrections": (None, "/corrections/"),
    "updates": (None, "/updates/"),
    "desk": (EDITOR, "/desk/"),
    "claims": (EDITOR, "/desk/claims/?status=published"),
    "claims-empty": (EDITOR, "/desk/claims/?text=nothing+like+it"),
    "new-claim": (EDITOR, "/desk/claims/new/"),
    "source": (EDITOR, "/desk/sources/1/"),
    "source-overlap": (EDITOR, "/desk/sources/3/"),
    "sources": (EDITOR, "/desk/sources/"),
    "new-source": (EDITOR, "/desk/sources/new/"),
    "claimants": (EDITOR, "/desk/claimants/"),
    "claimant": (EDITOR, "/desk/claimants/1/"),
    "review": (EDITOR, "/desk/review/"),
    "statistics": (EDITOR, "/desk/statistics/"),
    "statistics-beside": (EDITOR, "/desk/statistics/?beside=party&by=quarter&claimant=a"),
    "statistics-report": (EDITOR, "/desk/statistics/report/"),
    "password": (EDITOR, "/accounts/password/change/"),
    "profile": (EDITOR, "/desk/profile/"),
    "two-step": (EDITOR, "/accounts/two-step/"),
    "notifications": (EDITOR, "/desk/notifications/"),
    "mails": (EDITOR, "/desk/profile/mail/"),
    "not-found": (EDITOR, "/desk/claims/999999/"),
    "admin": (EDITOR, "/admin/"),
    "admin-claims": (EDITOR, "/admin/claims/claim/"),
}
# The pages of one claim, found by its status in the demo.
CLAIMS = {
    "claim-drafting": "drafting",
    "claim-submitted": "submitted",
    "claim-approved": "approved",
    "claim": "published",
}
KEPT = {"source", "claims", "claim-submitted", "public", "corrections", "desk", "admin-claims"}


def first_of(somebody, status):
    somebody.open(f"/desk/claims/?status={status}")
    return somebody.page.locator("tbody a").first.get_attribute("href")


def look(somebody, name, width, theme):
    """A picture of the page; those that the README shows are kept in the tree."""
    folder = (
        SCREENSHOTS
        if name in KEPT and (width, theme) in {(1440, "light"), (390, "dark")}
        else SCREENSHOTS.parent / "out"
    )
    folder.mkdir(exist_ok=True)
    somebody.page.screenshot(path=folder / f"{name}-{width}-{theme}.png")


# test_every_address.py looks at every page in the two others; there only pictures are taken here.
ASK_AXE = {(1440, "dark"), (390, "light")}


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_keeps_the_policy_and_fits(person, width, theme):
    wrong = []
    for username in (None, EDITOR):
        somebody = person(username, width=width, dark=theme == "dark")
        pages = {name: path for name, (who, path) in PAGES.items() if who == username}
        if username:
            pages |= {name: first_of(somebody, status) for name, status in CLAIMS.items()}
        else:
            pages["public"] = published(person)
        for name, path in pages.items():
            if (width, theme) not in ASK_AXE and name not in KEPT:
                continue
            answer = somebody.open(path)
            wrong += [f"{path} answered {answer.status}"] if (answer.status == 404) != (name == "not-found") else []
            look(somebody, name, width, theme)
            if not path.startswith("/admin/"):
                wrong += somebody.violations() if (width, theme) in ASK_AXE else []
                wide = somebody.page.evaluate("document.documentElement.scrollWidth > innerWidth")
                wrong += [f"{path} is wider than {width} px"] if wide else []
    assert wrong == []


def published(person):
    return first_of(person(EDITOR), "published").replace("/desk", "")


def test_a_list_and_a_verdict_fill_two_sheets_of_paper(person):
    edda = person(EDITOR)
    for path in ("/desk/claims/?status=published", published(person)):
        edda.open(path)
        assert printed_pages(edda.page) <= 2, path


def test_the_first_key_leads_to_the_content(person):
    somebody = person(EDITOR)
    somebody.open("/desk/claims/")
    somebody.page.keyboard.press("Tab")
    somebody.page.keyboard.press("Enter")
    assert somebody.page.evaluate("document.activeElement.id") == "main"


def test_what_the_policy_refuses_is_heard(person):
    somebody = person()
    somebody.open("/accounts/login/")
    somebody.page.evaluate("document.body.setAttribute('style', 'color: red')")
    somebody.page.wait_for_function("() => true")
    assert any("style-src" in fault for fault in somebody.faults)
    somebody.faults.clear()


def test_the_switch_changes_the_colours_at_once_and_without_scripts(person):
    paper = "getComputedStyle(document.body).backgroundColor"
    for scripts in (True, False):
        somebody = person(EDITOR, scripts=scripts)
        somebody.open("/desk/claims/?status=noted")
        page = somebody.page
        light = page.evaluate(paper)
        page.get_by_role("button", name="Dark").click()
        page.wait_for_selector("html[data-theme=dark]")
        assert page.url.endswith("/desk/claims/?status=noted")
        assert page.evaluate(paper) != light
        # axe waits for timers, which never run out in a browser without scripts.
        assert not scripts or somebody.violations() == []
        somebody.open("/desk/sources/")
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.get_by_role("button", name="System").click()
        page.wait_for_selector("html[data-theme=system]")
        assert page.evaluate(paper) == light
