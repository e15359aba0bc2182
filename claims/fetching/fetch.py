"""One polite and bounded look at an address."""

import socket
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from queue import Empty, Queue
from threading import Thread
from urllib.parse import urljoin

from django.conf import settings
from requests import Request
from requests.exceptions import RequestException, SSLError
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.exceptions import HTTPError

from claims.fetching.addresses import Refusal, is_public, literal, must_be_a_name, target_of
from claims.fetching.door import Deadline, Door
from claims.fetching.troubles import Trouble

SECONDS = 20
TO_CONNECT = 10
MOST = 10 * 1024 * 1024
MOST_STEPS = 8
MOST_ADDRESSES = 4
PIECE = 64 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
# The answers of a resolver that mean: there is none. Others mean that it could not find out just now.
NOBODY = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True)
class Fetched:
    """What came back. `status` is None where nobody answered; without trouble `content` is whole and `sha256` its hash,
    both empty where the answer was an error."""

    address: str
    status: int | None = None
    media_type: str = ""
    content: bytes = b""
    sha256: str = ""
    trouble: str = ""

    @property
    def reason(self):
        """What was wrong, in words; empty where nothing was."""
        return Trouble(self.trouble).label if self.trouble else ""


def looked_up(host, port, seconds):
    """The IP addresses of a host as the system knows them. Raises socket.gaierror, and Refusal where it takes longer:
    a resolver cannot be interrupted, so it is left alone in a thread of its own."""
    answers = Queue()

    def ask():
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(each[4][0] for each in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise Refusal(Trouble.TOO_SLOW) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def user_agent():
    """Who asks, and where to complain; a header holds plain letters."""
    name = "".join(each for each in settings.DESK_NAME if each.isascii() and (each.isalnum() or each in " .-")).strip()
    return f"FactCheckDesk/1.0 ({name or 'fact-check desk'}; +{settings.SITE_URL})"


@dataclass(frozen=True)
class Fetcher:
    """fetcher(url) is a Fetched and never raises. `open_to` are the (IP address, port) of a test's own servers, let
    through although they are not public; `look_up` gives a test's own names. Neither has a setting."""

    look_up: Callable = looked_up
    open_to: frozenset = frozenset()
    authorities: str | None = None
    seconds: float = SECONDS
    most: int = MOST

    def __call__(self, url):
        address = url.strip()
        with Deadline(self.seconds) as deadline:
            try:
                for _step in range(MOST_STEPS):
                    target = target_of(address, self.open_to)
                    address = target.url
                    found, onward = self._ask(target, deadline)
                    if onward is None:
                        return found
                    address = urljoin(address, onward)
            except Refusal as refusal:
                return Fetched(address, trouble=refusal.trouble)
        return Fetched(address, trouble=Trouble.LED_ON)

    def _addresses(self, target, deadline):
        """Where the host is: all of it must be public, or a name that means two places would get through."""
        found = literal(target.host)
        if found is None:
            must_be_a_name(target.host)
            try:
                found = [literal(each) for each in self.look_up(target.host, target.port, deadline.left())]
            except socket.gaierror as error:
                raise Refusal(Trouble.NO_HOST if error.errno in NOBODY else Trouble.UNREACHABLE) from None
            except (OSError, UnicodeError):
                raise Refusal(Trouble.NO_HOST) from None
        found = found if isinstance(found, list) else [found]
        if not found or not all(is_public(each) or (str(each), target.port) in self.open_to for each in found):
            raise Refusal(Trouble.NOT_PUBLIC if found else Trouble.NO_HOST)
        # Many machines have no way out by IPv6.
        return [str(each) for each in sorted(found, key=lambda each: each.version)][:MOST_ADDRESSES]

    def _ask(self, target, deadline):
        """(what came back, None), or (None, the address it leads on to)."""
        for address in self._addresses(target, deadline):
            try:
                return self._answer(target, address, deadline)
            except InvalidIPAddress:
                raise Refusal(Trouble.NOT_PUBLIC) from None
            except SSLError:
                deadline.left()
                raise Refusal(Trouble.UNTRUSTED) from None
            except (RequestException, HTTPError, OSError, ValueError):
                deadline.left()
        raise Refusal(Trouble.UNREACHABLE)

    def _answer(self, target, address, deadline):
        limit = min(TO_CONNECT, deadline.left()), deadline.left()
        config = Config(
            ip_filter_enable=True, ip_filter_allow_loopback_ips=bool(self.open_to), never_redirect=True,
            default_timeout=limit, user_agent_override=user_agent(),
        )  # fmt: skip
        headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip"}
        with HTTPSession(config) as session:
            # No proxy, no password file, no authorities but those named here.
            session.trust_env, session.verify = False, self.authorities or True
            door = Door(target, deadline, allow_loopback=bool(self.open_to))
            for scheme in ("http://", "https://"):
                session.mount(scheme, door)
            request = session.prepare_request(Request("GET", target.at(address), headers=headers))
            with session.send(request, stream=True, timeout=limit) as response:
                if response.status_code in REDIRECTS and "Location" in response.headers:
                    onward = response.headers["Location"].encode("latin-1", "replace").decode(errors="replace")
                    return None, onward.strip().replace(" ", "%20")
                return self._read(target, response, deadline), None

    def _read(self, target, response, deadline):
        known = {"address": target.url, "status": response.status_code}
        known["media_type"] = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()[:100]
        if not 200 <= response.status_code < 300:
            return Fetched(**known)
        try:
            content = self._content(response)
            deadline.left()
        except Refusal as refusal:
            return Fetched(**known, trouble=refusal.trouble)
        except (RequestException, HTTPError, OSError, ValueError, zlib.error):
            return Fetched(**known, trouble=Trouble.TOO_SLOW if deadline.passed else Trouble.UNREADABLE)
        return Fetched(**known, content=content, sha256=sha256(content).hexdigest())

    def _content(self, response):
        coding = response.headers.get("Content-Encoding", "").strip().lower()
        if coding not in {"", "identity", "gzip", "x-gzip"}:
            raise Refusal(Trouble.UNREADABLE)
        pieces = self._bounded(response.raw.stream(PIECE, decode_content=False))
        return b"".join(self._bounded(unpacked(pieces)) if "gzip" in coding else pieces)

    def _bounded(self, pieces):
        """No more than `most` bytes, as they came and as they are unpacked."""
        length = 0
        for piece in pieces:
            length += len(piece)
            if length > self.most:
                raise Refusal(Trouble.TOO_LARGE)
            yield piece


def unpacked(pieces):
    """What was packed by gzip, a piece at a time: a few bytes may hold gigabytes."""
    box = zlib.decompressobj(wbits=31)
    for piece in pieces:
        while piece and not box.eof:
            yield box.decompress(piece, PIECE)
            piece = box.unconsumed_tail
    if not box.eof:
        raise Refusal(Trouble.UNREADABLE)
