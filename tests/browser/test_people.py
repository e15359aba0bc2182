"""What only a browser shows of accounts: passkeys, and the administrator's pages at both widths."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, Person, watched

HOLDER = "pim.oddlestone"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class PasskeyHolder(Person):
    """Somebody whose device keeps passkeys; Chromium plays the device."""

    def __init__(self, desk, context):
        # A passkey belongs to a name, and this machine's is localhost.
        super().__init__(replace(desk, url=desk.url.replace("127.0.0.1", "localhost")), context)
        self.device = context.new_cdp_session(self.page)
        self.device.send("WebAuthn.enable")
        self.key = self.device.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name):
        self.page.get_by_role("link", name=name, exact=True).click()

    def heading(self):
        return self.page.get_by_role("heading", level=1).inner_text()

    def finger(self, fits):
        self.device.send("WebAuthn.setUserVerified", {"authenticatorId": self.key, "isUserVerified": fits})


@pytest.fixture
def holder(desk, browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    somebody = PasskeyHolder(desk, watched(context))
    yield somebody
    context.close()
    assert somebody.faults == []


def add_passkey(holder):
    holder.open("/accounts/two-step/")
    holder.follow("Add a passkey")
    holder.page.get_by_label("Password").fill(PASSWORD)
    holder.press("Confirm")
    assert holder.violations() == []
    holder.page.get_by_label("Name of the passkey").fill("TEST DATA: my phone")
    holder.press("Add a passkey")
    holder.page.wait_for_url("**/accounts/two-step/codes/")


def leaves_and_returns(desk, verb):
    names = f"from claims.models import User; from claims.models.leaving import {verb}; "
    desk.manage("shell", "-c", f"{names}{verb}(User.objects.get(username='{HOLDER}'), by=None)")


def test_a_passkey_is_added_logs_in_alone_is_a_second_step_and_is_removed(holder):
    page = holder.log_in(HOLDER).page
    add_passkey(holder)
    expect(page.locator(".codes li")).to_have_count(10)
    assert holder.violations() == []

    holder.press("Log out")
    holder.open("/accounts/login/?next=/desk/claims/")
    holder.press("Use a passkey")
    page.wait_for_url("**/desk/claims/")

    leaves_and_returns(holder.desk, "deactivate")
    holder.open("/accounts/login/")
    holder.press("Use a passkey")
    page.get_by_role("heading", name="This account is closed").wait_for()
    leaves_and_returns(holder.desk, "reactivate")

    holder.log_in(HOLDER)
    assert holder.heading() == "Second step"
    assert holder.violations() == []
    holder.finger(False)
    holder.press("Use a passkey")
    page.get_by_text("Nothing happened").wait_for()
    holder.finger(True)
    holder.press("Use a passkey")
    page.wait_for_url("**/desk/")

    holder.open("/accounts/two-step/")
    expect(page.get_by_role("main")).to_contain_text("TEST DATA: my phone", use_inner_text=True)
    page.get_by_role("link", name="Remove TEST DATA: my phone").click()
    page.get_by_label("Password").fill(PASSWORD)
    holder.press("Confirm")
    holder.press("Remove")
    expect(page.get_by_role("main")).to_contain_text("No passkey is set up.", use_inner_text=True)


def test_without_scripts_the_log_in_says_what_passkeys_need(person):
    somebody = person(scripts=False)
    somebody.open("/accounts/login/")
    assert somebody.page.get_by_text("Passkeys need JavaScript").is_visible()
    expect(somebody.page.get_by_role("button", name="Use a passkey")).to_have_count(0)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_pages_of_an_administrator(person, width, theme):
    somebody = person("admin", width=width, dark=theme == "dark")
    wrong = []
    for path in ("", "?gone=yes", "invite/", "2/", "2/edit/", "2/deactivate/", "2/hand-over/", "2/password/"):
        assert somebody.open(f"/desk/people/{path}").status == 200
        wrong += somebody.violations()
        if somebody.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path} is wider than {width} px")
    assert wrong == []


def test_an_administrator_adds_an_app_s_key_and_sees_it_as_a_picture(person):
    somebody = person("admin")
    somebody.open("/accounts/two-step/app/add/")
    somebody.page.get_by_label("Password").fill(PASSWORD)
    somebody.page.get_by_role("button", name="Confirm").click()
    picture = somebody.page.get_by_role("img", name="The key as a picture")
    assert picture.evaluate("image => image.naturalWidth") > 0
    assert somebody.violations() == []
