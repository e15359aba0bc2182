"""Web servers of this machine's own, so that tests of fetching ask nobody else."""

import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from claims.fetching.fetch import Fetcher

PAGE = b"<html><head><title>Lamps</title></head><body><p>We relit 41 lamps in May.</p></body></html>"


class Names:
    """A small resolver: what each name means, the first time, the second time…, the last one from then on."""

    def __init__(self, **known):
        self.known = {name.replace("_", "."): list(answers) for name, answers in known.items()}
        self.asked = []

    def __call__(self, host, port, seconds):
        self.asked.append(host)
        answers = self.known.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer.split()


class SmallWeb:
    """Answers by path: `pages` are {path: (status, headers, body)} or functions that take the request's handler."""

    def __init__(self, server):
        self.server, self.pages, self.requests = server, {}, []
        self.host, self.port = server.server_address[:2]

    @property
    def place(self):
        return self.host, self.port

    def url(self, path="/", host=None):
        return f"http://{host or self.host}:{self.port}{path}"

    def fetcher(self, *also, **options):
        return Fetcher(open_to=frozenset({self.place, *also}), **options)

    def says(self, path, body=PAGE, status=200, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Type": "text/html; charset=utf-8"} | headers, body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        web = self.server.web
        web.requests.append((self.path, dict(self.headers)))
        page = web.pages.get(self.path, (404, {}, b""))
        self.close_connection = True
        if callable(page):
            page(self)
            return
        status, headers, body = page
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """A client that goes in the middle is what these tests are about."""


@contextmanager
def small_web(host="127.0.0.1", certificate=None):
    server = _Server((host, 0), _Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.web = SmallWeb(server)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.web
    server.shutdown()
    server.server_close()
