"""The real product in a real browser: `manage.py desk --demo` as the README starts it, driven by Debian's chromium."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(__file__).resolve().parent / "screenshots"
CHROMIUM = shutil.which("chromium")
PASSWORD = "a-plain-test-password-1"
PATIENCE = 15_000  # milliseconds that a page may take on a busy machine
expect.set_options(timeout=PATIENCE)
FOCUSED = """() => {
    const it = document.activeElement;
    const name = it.labels?.length ? it.labels[0].textContent : it.getAttribute("aria-label") || it.textContent;
    return name.replace(/\\s+/g, " ").trim();
}"""
# The corners of some words on the screen, as a hand sees them.
ENDS = """words => {
    const walker = document.createTreeWalker(document.querySelector('[data-text]'), NodeFilter.SHOW_TEXT);
    let node; while ((node = walker.nextNode()) && !node.data.includes(words));
    node.parentElement.scrollIntoView({block: 'center'});
    const range = document.createRange();
    const start = node.data.indexOf(words);
    range.setStart(node, start); range.setEnd(node, start + words.length);
    const boxes = [...range.getClientRects()], first = boxes[0], last = boxes.at(-1);
    return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2];
}"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            # One desk serves them all, so they run in one process.
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session", autouse=True)
def _chromium():
    if CHROMIUM is None:
        message = "There is no chromium on this machine (Debian's package is called chromium)."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": arguments}


@dataclass
class Desk:
    """A running desk and the people who may log in to it."""

    url: str
    passwords: dict
    env: dict
    changed: set = field(default_factory=set)

    def manage(self, *command):
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.env, capture_output=True, check=True
        )
        return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, process, lines):
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail("The desk did not start:\n" + "".join(lines()))
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"Nothing answers at {url}")


@pytest.fixture(scope="session")
def desk(_chromium):
    """The desk with both cases, on a free port and a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{free_port()}"
        names = ("DATABASE_URL", "SECRET_KEY", "DJANGO_ALLOW_ASYNC_UNSAFE")
        env = {name: value for name, value in os.environ.items() if name not in names}
        env |= {"VAR_DIR": folder, "SITE_URL": url, "DESK_NAME": "The Test Desk", "PYTHONUNBUFFERED": "1"}
        printed = Path(folder) / "printed"
        with printed.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "desk", "--demo", "--bind", url.removeprefix("http://")],
                cwd=ROOT,
                env=env,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            try:
                wait_for(url + "/accounts/login/", process, lambda: printed.read_text())
                found = re.findall(r"(?:account|user name) ([\w.]+).*?password:? (\S+)", printed.read_text())
                yield Desk(url, dict(found), env)
            finally:
                process.terminate()
                process.wait(timeout=20)


def watched(context):
    """With what the policy refuses told on the console, where a Person hears it."""
    context.add_init_script(path=Path(__file__).parent / "policy_watch.js")
    return context


class Person:
    """Somebody at a browser of their own. `faults` are what the console said against the page or its policy."""

    def __init__(self, desk, context):
        self.desk, self.page, self.faults = desk, context.new_page(), []
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))

    def _hear(self, message):
        # A refusal is an answer of 403 or 409, and the browser says so; that is no fault of the page.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")

    def open(self, path):
        return self.page.goto(self.desk.url + path)

    def log_in(self, username):
        """With the one-time password at first, which must be changed, and with the own one from then on."""
        first = username not in self.desk.changed
        self.open("/accounts/login/")
        self.page.get_by_label("User name or e-mail").fill(username)
        self.page.get_by_label("Password", exact=True).fill(self.desk.passwords[username] if first else PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        if first:
            self.page.get_by_label("Current Password").fill(self.desk.passwords[username])
            self.page.get_by_label("New Password", exact=True).fill(PASSWORD)
            self.page.get_by_label("New Password (again)").fill(PASSWORD)
            self.page.get_by_role("button", name="Change password").click()
            self.desk.changed.add(username)
        return self

    def violations(self):
        """What axe finds on the page."""
        found = Axe().run(self.page).response["violations"]
        return [f"{self.page.url} {each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


@pytest.fixture
def person(desk, browser):
    """person("edda", width=390, dark=True): somebody logged in, at a window of that width and colour scheme."""
    people = []

    def come(username=None, *, width=1440, dark=False, scripts=True, touch=False):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            has_touch=touch,
        )
        somebody = Person(desk, watched(context))
        people.append((somebody, context))
        return somebody.log_in(username) if username else somebody

    yield come
    for somebody, context in people:
        context.close()
        assert somebody.faults == []


class Hands:
    """Somebody who has a keyboard and nothing else. `pointed` says whether a mouse was used all the same."""

    def __init__(self, somebody):
        self.somebody, self.page = somebody, somebody.page
        self.page.add_init_script(
            "for (const kind of ['pointerdown', 'mousedown', 'touchstart'])"
            " addEventListener(kind, () => sessionStorage.setItem('pointed', kind), true);"
        )

    @property
    def pointed(self):
        return self.page.evaluate("sessionStorage.getItem('pointed')")

    def focused(self):
        return self.page.evaluate(FOCUSED)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, *keys):
        """Press keys of which the last leads to another page."""
        with self.page.expect_navigation():
            self.press(*keys)

    def tab_to(self, name):
        """Tab on until what has the focus is called so."""
        for _time in range(80):
            self.press("Tab")
            if self.focused().startswith(name):
                return
        pytest.fail(f"Tab never comes to “{name}” on {self.page.url}")

    def write(self, label, text):
        self.tab_to(label)
        self.page.keyboard.type(text)

    def log_in(self, username):
        self.somebody.open("/accounts/login/")
        desk = self.somebody.desk
        first = username not in desk.changed
        self.write("User name or e-mail", username)
        self.write("Password", desk.passwords[username] if first else PASSWORD)
        self.go("Enter")
        if first:
            self.write("Current Password", desk.passwords[username])
            self.write("New Password", PASSWORD)
            self.write("New Password (again)", PASSWORD)
            self.go("Enter")
            desk.changed.add(username)
        return self

    def heading(self):
        return self.page.get_by_role("heading", level=1).inner_text()

    def take_further(self, key, button):
        """A key leads to the button, and Enter presses it."""
        self.press(key)
        assert self.focused() == button
        assert self.page.evaluate("document.activeElement.matches(':focus-visible')")
        self.go("Enter")


def visit(page, name):
    page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("navigation").locator("[aria-current=page]")).to_have_text(name, use_inner_text=True)


def find_claim(somebody, words):
    somebody.open("/desk/claims/")
    somebody.page.get_by_label("Words").fill(words)
    somebody.page.get_by_role("button", name="Filter").click()
    somebody.page.get_by_role("table").get_by_role("link", name=re.compile(words)).first.click()


def drag(page, words):
    # A script puts a line above the text, which moves the words down.
    page.wait_for_load_state()
    left, top, right, bottom = page.evaluate(ENDS, words)
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=4)
    page.mouse.up()


def marking_form(page):
    return page.locator("form", has=page.get_by_label("Exact words"))


def unfold(page, label):
    page.locator("details.offer > summary", has_text=label).click()


def note_reason(page, label, reason):
    unfold(page, label)
    form = page.locator("details[open]", has=page.locator("summary", has_text=label))
    form.get_by_role("textbox", name="Reason").fill(reason)
    return form


def tick(page, numbers):
    for number in numbers:
        page.locator(f'input[name=_selected_action][value="{number}"]').check()
