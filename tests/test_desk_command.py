"""`manage.py desk` as a new user runs it: a process of its own, a free port, an empty VAR_DIR."""

import http.client
import http.cookiejar
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120  # seconds
OPEN = re.compile(r"The desk is open at (http://\S+)/ ")


def environment(var_dir, **more):
    """What a fresh shell has: none of our settings but these."""
    ours = {"DATABASE_URL", "SITE_URL", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "VAR_DIR": str(var_dir), **{name: str(value) for name, value in more.items()}}


def start(env, *args):
    return subprocess.Popen(
        [sys.executable, "manage.py", "desk", *args],
        cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def until_open(process):
    """What the process printed up to the line with the address."""
    printed, end = "", time.monotonic() + PATIENCE
    while not OPEN.search(printed):
        ready, _, _ = select.select([process.stdout], [], [], end - time.monotonic())
        # Past the buffer of process.stdout: what lies in that, select() does not see.
        piece = os.read(process.stdout.fileno(), 65_536).decode() if ready else ""
        if not piece:
            process.kill()
            pytest.fail(f"The desk did not open. {printed}{process.communicate()[1]}")
        printed += piece
    return printed


def interrupt(process):
    """Ctrl-C in a terminal reaches every process of the group. Returns (exit code, what it said at the end)."""
    os.killpg(process.pid, signal.SIGINT)
    rest = "".join(process.communicate(timeout=PATIENCE))
    return process.returncode, rest


@contextmanager
def desk(env, *args, bind="127.0.0.1:0"):
    process = start(env, "--bind", bind, *args)
    try:
        printed = until_open(process)
        yield OPEN.search(printed)[1], printed, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def answer(address, path="/accounts/login/", **headers):
    """(status, headers, body) of one request that follows no redirect."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=PATIENCE)
    with closing(connection):
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()


@contextmanager
def empty_database(name="desk_command"):
    """The DATABASE_URL of an empty database on the server under test; SQLite's own default needs none."""
    if connection.vendor != "postgresql":
        yield {}
        return
    given = settings.DATABASES["default"]
    login = {"host": given["HOST"], "port": given["PORT"] or 5432, "user": given["USER"]}
    name = f"{name}_{os.getpid()}"
    with psycopg.connect(**login, password=given["PASSWORD"], dbname="postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"')
        secret = f":{urllib.parse.quote(given['PASSWORD'])}" if given["PASSWORD"] else ""
        yield {"DATABASE_URL": f"postgres://{login['user']}{secret}@{login['host']}:{login['port']}/{name}"}
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Browser:
    """A little of one: cookies, redirects, one form."""

    def __init__(self, address):
        self.address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)

    def get(self, path, data=None):
        body = urllib.parse.urlencode(data).encode() if data else None
        with self.opener.open(self.address + path, body, timeout=PATIENCE) as answer:
            return answer.url.removeprefix(self.address), answer.read().decode()

    def send(self, path, **fields):
        _url, page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        return self.get(path, {"csrfmiddlewaretoken": token, **fields})


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A desk that was opened for the first time: (address, printed, environment)."""
    with empty_database() as database:
        env = environment(tmp_path_factory.mktemp("desk") / "var", **database)
        with desk(env, "--demo") as (address, printed, _process):
            yield address, printed, env


def test_the_first_time_it_prints_a_password_and_the_address(opened):
    address, printed, env = opened
    assert len(re.findall(r"^First administrator: user name admin, one-time password \S{16}$", printed, re.M)) == 1
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
    assert oct((Path(env["VAR_DIR"]) / "secret_key").stat().st_mode)[-3:] == "600"


def test_it_serves_pages_and_their_style_sheets(opened):
    address, _printed, _env = opened
    url, page = Browser(address).get("/desk/claims/")
    assert url == "/accounts/login/?next=/desk/claims/"
    style = re.search(r'href="(/static/[^"]+\.css)"', page)[1]
    assert "{" in Browser(address).get(style)[1]


def test_the_printed_password_opens_the_desk_and_must_be_changed_first(opened):
    address, printed, _env = opened
    password = re.search(r"user name admin, one-time password (\S+)", printed)[1]
    browser = Browser(address)
    assert browser.send("/accounts/login/", login="admin", password=password)[0] == "/accounts/password/change/"
    assert browser.get("/desk/claims/")[0] == "/accounts/password/change/"
    own = "a plainly made-up sentence"
    browser.send("/accounts/password/change/", oldpassword=password, password1=own, password2=own)
    url, page = browser.get("/desk/claims/")
    assert url == "/desk/claims/"
    assert "The sea off Gullwick is getting angrier." in page


def test_opened_again_it_makes_nothing_twice_and_ctrl_c_ends_it_cleanly(opened):
    _address, _printed, env = opened
    key = Path(env["VAR_DIR"]) / "secret_key"
    before = key.read_text(), key.stat().st_mtime_ns
    with desk(env, "--demo") as (address, printed, process):
        assert printed.splitlines()[:-1] == [
            "seeds/claims.toml: 0 claims loaded, 48 were there.",
            "seeds/demo/claims.toml: 0 claims loaded, 24 were there.",
        ]
        Browser(address).get("/")
        assert interrupt(process) == (0, "")
    assert (key.read_text(), key.stat().st_mtime_ns) == before
    assert oct(key.stat().st_mode)[-3:] == "600"


def test_what_was_saved_in_sqlite_survives_a_power_cut(tmp_path):
    asks = "from django.db import connection as c; print([c.cursor().execute(f'PRAGMA {n}').fetchone()[0] for n in %r])"
    names = ["synchronous", "journal_mode", "foreign_keys"]
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", asks % names]
    said = subprocess.run(
        command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert said.stdout.strip() == str([2, "wal", 1])  # 2 is FULL


def test_it_listens_where_bind_says(opened):
    with desk(opened[2], bind="127.0.0.2:0") as (address, _printed, _process):
        assert re.fullmatch(r"http://127\.0\.0\.2:\d+", address)
        assert Browser(address).get("/accounts/login/")[0] == "/accounts/login/"


HINT = "Other machines are let in once SITE_URL (or ALLOWED_HOSTS) names this one as they know it."


def test_listening_everywhere_it_prints_an_address_that_works_and_what_others_need(opened):
    with desk(opened[2], bind="0.0.0.0:0") as (address, printed, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        assert answer(address)[0] == 200
        assert answer(address, Host="desk.lan:8080")[0] == 400
        code, said = interrupt(process)
    assert code == 0
    assert (printed + said).splitlines()[-3:] == [
        f"The desk is open at {address}/ (Ctrl-C closes it)",
        HINT,
        "Invalid HTTP_HOST header: 'desk.lan:8080'. You may need to add 'desk.lan' to ALLOWED_HOSTS.",
    ]


def test_listening_everywhere_under_a_name_it_answers_to_it(opened):
    with desk({**opened[2], "ALLOWED_HOSTS": "desk.lan"}, bind="0.0.0.0:0") as (address, _printed, process):
        assert answer(address, Host="desk.lan:8080")[0] == 200
        assert interrupt(process) == (0, "")


def test_an_https_site_redirects_and_keeps_its_cookies_to_https(opened):
    env = {**opened[2], "SITE_URL": "https://desk.example", "TRUSTED_PROXIES": "1"}
    with desk(env) as (address, _printed, _process):
        status, headers, _page = answer(address, Host="desk.example")
        assert (status, headers["Location"]) == (301, "https://desk.example/accounts/login/")
        status, headers, _page = answer(address, Host="desk.example", X_Forwarded_Proto="https")
        assert status == 200
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        [cookie] = headers.get_all("Set-Cookie")
        assert cookie.startswith("csrftoken=")
        assert "; Secure" in cookie


def test_guesses_are_counted_for_all_processes_together(opened):
    address, printed, env = opened
    password = re.search(r"account ilario.mossbeck .* password (\S+)", printed)[1]
    with desk(env) as (second, _printed, _process):
        for number in range(5):  # over many connections
            Browser((address, second)[number % 2]).send("/accounts/login/", login="ilario.mossbeck", password="wrong")
        for each in (address, second):
            page = Browser(each).send("/accounts/login/", login="ilario.mossbeck", password=password)[1]
            assert "Too many failed login attempts. Try again later." in page


@pytest.mark.parametrize(
    ("given", "debug", "https"), [({}, False, False), ({"SITE_URL": "https://d.example", "DEBUG": "1"}, True, True)]
)
def test_debug_is_off_unless_asked_for_and_https_is_the_site_s(tmp_path, given, debug, https):
    names = ("DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    program = f"from factcheck import settings; print([getattr(settings, name) for name in {names}])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(tmp_path, **given), capture_output=True, text=True
    )
    assert done.stdout.strip() == str([debug, https, https, https])


def test_ctrl_c_before_it_is_open_ends_it_cleanly_too(tmp_path):
    process = start(environment(tmp_path), "--bind", "127.0.0.1:0")
    while not (tmp_path / "desk.sqlite3").exists():
        time.sleep(0.05)
    assert interrupt(process) == (0, "")


# ---- One clear line


def one_line(env, *args, command=("desk",)):
    done = subprocess.run(
        [sys.executable, "manage.py", *command, *args],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("\n")
    [line] = done.stderr.splitlines()
    return line


def test_port_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert one_line(environment(tmp_path), "--bind", f"127.0.0.1:{port}") == (
            f"CommandError: Cannot listen on 127.0.0.1:{port}: Address already in use. "
            "Choose another address with --bind."
        )
    assert not (tmp_path / "desk.sqlite3").exists()


@pytest.mark.parametrize("bind", ["8000", "127.0.0.1:http", "127.0.0.1:99999", ":8000"])
def test_an_address_that_is_none(tmp_path, bind):
    assert one_line(environment(tmp_path), "--bind", bind) == (
        f"CommandError: --bind must be HOST:PORT, for example 127.0.0.1:8000, not {bind}."
    )


def test_var_dir_not_writable(tmp_path):
    (tmp_path / "file").write_text("in the way")
    line = one_line(environment(tmp_path / "file" / "var"), "--bind", "127.0.0.1:0")
    assert line.startswith("No secret key: ")


def test_database_not_writable(tmp_path):
    (tmp_path / "file").write_text("in the way")
    env = environment(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/file/desk/desk.sqlite3")
    assert one_line(env, "--bind", "127.0.0.1:0") == (
        f"CommandError: {tmp_path}/file/desk cannot be written (Not a directory)."
    )


def test_database_that_is_a_folder(tmp_path):
    env = environment(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}")
    assert one_line(env, "--bind", "127.0.0.1:0") == (
        "CommandError: The database cannot be used: unable to open database file."
    )


def test_database_that_is_none(tmp_path):
    (tmp_path / "file").write_text("This is a letter, not a database. " * 100)
    env = environment(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/file")
    assert one_line(env, "--bind", "127.0.0.1:0") == (
        "CommandError: The database cannot be used: file is not a database."
    )


@pytest.mark.parametrize("url", ["mysql://127.0.0.1/desk", "desk.sqlite3", "postgres://127.0.0.1", "postgres://h:x/d"])
def test_wrong_database_url(tmp_path, url):
    assert one_line(environment(tmp_path, DATABASE_URL=url), "--bind", "127.0.0.1:0").startswith("DATABASE_URL")


def test_database_server_not_reachable(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        env = environment(tmp_path, DATABASE_URL=f"postgres://nobody@127.0.0.1:{port}/desk")
        line = one_line(env, "--bind", "127.0.0.1:0")
    assert line.startswith("CommandError: The database cannot be used: connection failed: ")
    assert "Connection refused" in line


@pytest.mark.parametrize("command", [("seed",), ("seed", "demo"), ("export_csv", "claims")])
def test_a_database_that_is_not_migrated(tmp_path, command):
    assert one_line(environment(tmp_path), command=command) == (
        "CommandError: The database lacks what this version needs. Run manage.py migrate (or desk) first."
    )


@pytest.mark.parametrize("command", [("seed",), ("export_csv", "claims")])
def test_a_database_that_cannot_be_opened(tmp_path, command):
    env = environment(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}")
    assert one_line(env, command=command) == "CommandError: The database cannot be used: unable to open database file."


@pytest.mark.parametrize("name", ["roles.toml", "ratings.toml"])
def test_a_policy_file_that_cannot_be_read(tmp_path, name):
    clone = tmp_path / "clone"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns(".*", "var", "tests"))
    (clone / "seeds" / name).write_text("[[role]]\n")
    done = subprocess.run(
        [sys.executable, "manage.py", "desk", "--bind", "127.0.0.1:0"],
        cwd=clone, env={**environment(tmp_path / "var"), "PYTHONPATH": str(clone)},
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith(f"CommandError: {name}: ")
    assert line.endswith(f"Mend seeds/{name}; the README says what it holds.")
