"""What a person typed is fetched, and never from where only this machine can look; nor without end."""

import gzip
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from claims.fetching import fetch
from claims.fetching.addresses import is_public
from claims.fetching.fetch import Fetcher, looked_up, user_agent
from claims.fetching.readable import words_of_page
from claims.fetching.troubles import Trouble
from tests.small_web import PAGE, Names, small_web


@pytest.fixture(scope="module")
def web():
    with small_web() as found:
        yield found


@pytest.fixture(scope="module")
def inner():
    """A server that nobody may reach: it stands at another address of this machine and counts who came."""
    with small_web("127.0.0.2") as found:
        found.says("/")
        yield found


@pytest.fixture(autouse=True)
def _nobody_came(inner):
    yield
    assert inner.requests == []


# Each is typed as it stands; {port} is where a server of this machine listens.
PROBES = [
    *("http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://0x7f.1/", "http://0x7f000001/"),
    *("http://2130706433/", "http://0177.0.0.1/", "http://localhost/", "http://LOCALHOST./", "http://[::1]/"),
    *("http://[0:0:0:0:0:0:0:1]/", "http://0.0.0.0/", "http://0/", "http://[::]/", "http://127.0.0.2:8080/"),
    # Mapped, compatible and translated IPv6; 6to4 and Teredo, which carry an IPv4 address inside.
    *("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/"),
    *("http://[64:ff9b:1::7f00:1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:7f00:1::]/"),
    "http://[2001:0:7f00:1::]/",
    # Link-local, metadata, private, shared and other ranges that are nobody's on the internet.
    *("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://10.0.0.1/"),
    *("http://172.16.0.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://192.0.0.8/", "http://198.18.0.1/"),
    *("http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/", "http://[fc00::1]/", "http://[ff02::1]/"),
    *("http://[fe80::1%25lo]/", "http://metadata.google.internal/", "http://printer.local/", "http://router/"),
    # Names before an @, backslashes, percent signs, letters that only look like digits.
    *("http://news.example@127.0.0.1/", "http://news.example:80@127.0.0.1/", "http://127.0.0.1\\@news.example/"),
    *("http://news.example\\@127.0.0.1/", "http:\\\\127.0.0.1/", "http://127.0.0.1%2f@news.example/"),
    *("http://127%2e0.0.1/", "http://127。0。0。1/", "http://①②⑦.⓪.⓪.①/", "http://news.example/\r\nHost: 127.0.0.1"),
    *("http:///127.0.0.1/", "http:127.0.0.1", "//127.0.0.1/", "http://", "", "http://[::1", "http://a..b/"),
    # Other ways than the web, and other doors.
    *("file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://127.0.0.1/", "dict://127.0.0.1:11211/stats"),
    *("javascript:alert(1)", "data:text/html,hello", "ldap://127.0.0.1/", "unix:///run/docker.sock", "jar:http://x!/"),
    *("http://news.example:22/", "http://news.example:5432/", "http://news.example:0/", "http://news.example:99999/"),
]
# Names that lead where nobody should go, as somebody else's name server may say.
LEADING_IN = [
    "127.0.0.1", "127.0.0.2", "10.1.2.3", "169.254.169.254", "fd00:ec2::254", "::1", "::ffff:10.0.0.1",
    "64:ff9b::a00:1", "0.0.0.0", "100.100.100.200", "192.168.0.1 192.168.0.2", "8.8.8.8 127.0.0.1",
]  # fmt: skip


def stays_out(found):
    assert (found.status, found.content, found.sha256) == (None, b"", ""), found
    assert found.trouble in {Trouble.NOT_WEB, Trouble.PORT, Trouble.NOT_PUBLIC, Trouble.NO_HOST}, found
    assert found.reason


def test_there_are_enough_probes():
    assert len(set(PROBES)) + len(set(LEADING_IN)) >= 26


@pytest.mark.parametrize("address", PROBES)
def test_no_probe_gets_through(address):
    stays_out(Fetcher(look_up=Names(localhost=["127.0.0.1"]))(address))


@pytest.mark.parametrize("address", PROBES)
def test_none_gets_through_by_a_redirect(web, address):
    location = address.encode().decode("latin-1").partition("\r")[0]
    web.says("/onward", b"", 302, Location=location)
    found = web.fetcher(look_up=Names())(web.url("/onward"))
    # What names no host of its own stays on the server that sent it.
    if not found.address.startswith(web.url("/")):
        stays_out(found)


@pytest.mark.parametrize("answer", LEADING_IN)
def test_no_name_leads_in(answer):
    names = Names(trap_example=[answer])
    stays_out(Fetcher(look_up=names)("http://trap.example/"))
    assert names.asked == ["trap.example"]


def test_a_name_that_means_another_place_the_second_time_is_asked_for_once(web, inner):
    names = Names(turning_example=["127.0.0.1", "127.0.0.2"])
    web.says("/", PAGE)
    found = web.fetcher((inner.host, web.port), look_up=names)(web.url(host="turning.example"))
    assert (found.status, names.asked) == (200, ["turning.example"])
    assert web.requests[-1][1]["Host"] == f"turning.example:{web.port}"


def test_a_redirect_asks_again_where_the_name_leads(web):
    names = Names(turning_example=["127.0.0.1", "127.0.0.2"])
    web.says("/", b"", 307, Location="/again")
    found = web.fetcher(look_up=names)(web.url(host="turning.example"))
    assert (found.trouble, found.address) == (Trouble.NOT_PUBLIC, web.url("/again", host="turning.example"))


@pytest.mark.parametrize("public", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"])
def test_what_is_public_is_let_through(public):
    assert is_public(ip_address(public))


def test_no_proxy_of_the_environment_is_asked_and_no_password_file_read(web, inner, monkeypatch, tmp_path):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, inner.url())
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login test password test\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    web.says("/", PAGE)
    assert web.fetcher()(web.url()).status == 200
    assert "Authorization" not in web.requests[-1][1]


# What comes back


def test_a_page_comes_back_with_its_hash_and_type(web, settings):
    settings.DESK_NAME, settings.SITE_URL = "Tést Desk (x)\r\nX: y", "https://desk.example"
    web.says("/page", PAGE)
    found = web.fetcher()(web.url("/page#lamps"))
    assert (found.status, found.address, found.trouble, found.reason) == (200, web.url("/page"), "", "")
    assert (found.content, found.sha256, found.media_type) == (PAGE, sha256(PAGE).hexdigest(), "text/html")
    assert user_agent() == "FactCheckDesk/1.0 (Tst Desk xX y; +https://desk.example)"
    assert web.requests[-1][1]["User-Agent"] == user_agent()


def test_it_is_followed_to_where_it_moved(web):
    web.says("/old", b"", 301, Location="/new place")
    web.says("/new%20place", gzip.compress(PAGE), Content_Encoding="gzip")
    found = web.fetcher()(web.url("/old"))
    assert (found.status, found.address, found.content) == (200, web.url("/new%20place"), PAGE)


def test_an_error_is_an_answer_too(web):
    found = web.fetcher()(web.url("/nowhere"))
    assert (found.status, found.trouble, found.content) == (404, "", b"")


def test_who_does_not_answer_is_told_from_who_is_not_there(web):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        place = closed.getsockname()
        found = web.fetcher(place)(f"http://127.0.0.1:{place[1]}/")
    assert found.trouble == Trouble.UNREACHABLE
    assert Fetcher(look_up=Names())("http://gone.example/").trouble == Trouble.NO_HOST


def test_the_system_s_own_names_are_looked_up():
    assert "127.0.0.1" in looked_up("localhost", 80, 5)


# Servers that mean no good


def drip(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    _dripping(handler, b"x")


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _dripping(handler, b"y")


def _dripping(handler, byte):
    with suppress(OSError):
        for _ in range(600):
            handler.wfile.write(byte)
            time.sleep(0.1)


def endless(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 65_536)


@pytest.mark.parametrize("dripping", [drip, drip_headers])
def test_a_server_that_drips_is_left_when_the_time_for_all_of_it_is_over(web, dripping):
    web.pages["/drip"] = dripping
    begun = time.monotonic()
    found = web.fetcher(seconds=0.5)(web.url("/drip"))
    assert found.trouble == Trouble.TOO_SLOW
    assert time.monotonic() - begun < 2


def test_redirects_share_one_time(web):
    def slow(handler):
        time.sleep(0.2)
        handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: /slow\r\nContent-Length: 0\r\n\r\n")

    web.pages["/slow"] = slow
    assert web.fetcher(seconds=0.5)(web.url("/slow")).trouble == Trouble.TOO_SLOW


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(1) or [])
    begun = time.monotonic()
    assert Fetcher(seconds=0.2)("http://slow.example/").trouble == Trouble.TOO_SLOW
    assert time.monotonic() - begun < 0.9


def test_redirects_in_a_circle_end(web):
    web.says("/circle", b"", 302, Location="/circle")
    before = len(web.requests)
    assert web.fetcher()(web.url("/circle")).trouble == Trouble.LED_ON
    assert len(web.requests) - before == 8


def test_an_endless_body_is_left(web):
    web.pages["/endless"] = endless
    found = web.fetcher(most=1_000_000)(web.url("/endless"))
    assert (found.status, found.trouble, found.content) == (200, Trouble.TOO_LARGE, b"")


def test_a_bomb_is_not_unpacked(web):
    web.says("/bomb", gzip.compress(bytes(200_000_000), 9), Content_Encoding="gzip")
    found = web.fetcher()(web.url("/bomb"))
    assert (found.trouble, found.content) == (Trouble.TOO_LARGE, b"")


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", b"no gzip"), ("gzip", gzip.compress(PAGE)[:-9]), ("br", PAGE), ("gzip, gzip", PAGE)],
    ids=["no gzip", "cut off", "another coding", "not twice"],
)
def test_what_cannot_be_unpacked_is_no_page(web, coding, body):
    web.says("/odd", body, Content_Encoding=coding)
    assert web.fetcher()(web.url("/odd")).trouble == Trouble.UNREADABLE


def test_a_body_cut_short_is_no_page(web):
    web.says("/short", PAGE, Content_Length="5000")
    assert web.fetcher()(web.url("/short")).trouble == Trouble.UNREADABLE


def test_what_is_no_answer_at_all(web):
    web.pages["/noise"] = lambda handler: handler.wfile.write(b"\x00\xff nothing of the web\r\n\r\n")
    assert web.fetcher()(web.url("/noise")).trouble == Trouble.UNREACHABLE


# Certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """One of lamps.example, signed by nobody but itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("lamps.example")]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "lamps.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, *plain) + made.public_bytes(pem))
    return str(path)


def test_a_certificate_must_be_signed_by_a_known_authority_and_name_the_host(certificate):
    with small_web(certificate=certificate) as web:
        web.says("/")
        names = Names(lamps_example=["127.0.0.1"], other_example=["127.0.0.1"])
        lamps, other = (f"https://{name}.example:{web.port}/" for name in ("lamps", "other"))
        knows = web.fetcher(look_up=names, authorities=certificate)
        assert (knows(lamps).status, knows(lamps).content) == (200, PAGE)
        assert knows(other).trouble == Trouble.UNTRUSTED
        assert web.fetcher(look_up=names)(lamps).trouble == Trouble.UNTRUSTED


# Whether a page changed


def test_a_page_is_compared_by_the_words_that_are_read_in_it():
    page = b"""<!doctype html><HTML><head><script>var time = 1;</script><style>p{}</style></head>
      <body><nav><a href=/>Home</a></nav><!-- made at 10:41 --><p class=x1>We   relit <b>41</b>\nlamps.</p>3 < 4
      <aside>Most read</aside></body>"""
    same = page.replace(b"time = 1", b"time = 2").replace(b"10:41", b"10:42").replace(b"x1", b"x2")
    assert words_of_page(page) == words_of_page(same) == b"we relit 41 lamps. 3 < 4"
    assert words_of_page(page.replace(b"41</b>", b"40</b>")) != words_of_page(page)


@pytest.mark.parametrize("piece", [b"<", b"<a", b"<!--", b"<script>", b"</", b"<nav><nav>", b"< "])
def test_no_page_takes_long_to_compare(piece):
    begun = time.monotonic()
    words_of_page(piece * (500_000 // len(piece)))
    assert time.monotonic() - begun < 2


def test_it_waits_twenty_seconds_and_takes_ten_megabytes_unless_told_otherwise():
    assert (fetch.SECONDS, fetch.MOST) == (20, 10 * 1024 * 1024)
