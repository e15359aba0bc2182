"""The one way out: a connection to an IP address that was found good, under the name that was asked for, and cut off
when its time is over."""

import socket
import threading
import time
from contextlib import suppress

from requests_hardened.ip_filter_adapter import IPFilterAdapter

from claims.fetching.addresses import Refusal
from claims.fetching.troubles import Trouble


class Deadline:
    """The time for a whole fetch. A socket's own time limit begins anew with each byte, so that a server could drip
    for ever; at the end of this one the sockets are shut, whatever waits on them."""

    def __init__(self, seconds):
        self.end, self.passed = time.monotonic() + seconds, False
        self._sockets, self._lock = [], threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self):
        self._timer.start()
        return self

    def __exit__(self, *exception):
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def left(self):
        """Seconds. Raises Refusal where there are none."""
        left = self.end - time.monotonic()
        if left <= 0 or self.passed:
            raise Refusal(Trouble.TOO_SLOW)
        return left

    def watch(self, sock):
        # A second handle on the same connection: TLS takes the first one away.
        with self._lock:
            self._sockets.append(sock.dup())
        self.left()

    def _cut(self):
        with self._lock:
            self.passed = True
            for each in self._sockets:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


class _Watched:
    deadline = None

    def _new_conn(self):
        sock = super()._new_conn()
        self.deadline.watch(sock)
        return sock


class Door(IPFilterAdapter):
    """Takes requests for IP addresses, which requests-hardened filters once more, and keeps the host's name for the
    Host header and the certificate: the name is looked up once, and nobody can let it mean another place meanwhile."""

    def __init__(self, target, deadline, *, allow_loopback):
        self.target, self.deadline = target, deadline
        super().__init__(is_https_proto=target.scheme == "https", allow_loopback=allow_loopback)

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        request.headers["Host"] = self.target.named
        if self.target.scheme == "https":
            pool |= {"assert_hostname": self.target.host, "server_hostname": self.target.host}
        return host, pool

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        pool = super().get_connection_with_tls_context(request, verify, proxies=None, cert=cert)
        pool.ConnectionCls = type("Watched", (_Watched, pool.ConnectionCls), {"deadline": self.deadline})
        return pool
