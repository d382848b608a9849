"""HTTP on loopback: reads requests, hands them to the API, the control API or the hosted pages."""

from __future__ import annotations

import ipaddress
import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from . import control, pages
from .api import Answer, BrokenAnswerError, Incoming, respond
from .errors import StripeError, unknown_url
from .faults import ApiFault
from .pages import control_room

MAX_BODY = 1024 * 1024
CONTENT_POLICY = (
    "default-src 'none'; img-src data:; style-src 'self'; form-action *;"
    " frame-ancestors 'none'; base-uri 'none'"
)


class BadRequestError(Exception):
    """A request that is not worth parsing."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class SimulatorServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int, simulator: Any) -> None:
        require_loopback(host)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.simulator = simulator
        self.open_sockets: set[socket.socket] = set()
        super().__init__((host, port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open_sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open_sockets.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """End kept-alive connections, so that no thread outlives the server."""
        for each in list(self.open_sockets):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is not news."""


def require_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(f"the simulator listens on loopback only, not on {host!r}")


class Handler(BaseHTTPRequestHandler):
    server: SimulatorServer
    protocol_version = "HTTP/1.1"
    server_version = "StripeSimulator"
    sys_version = ""
    timeout = 60
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.dispatch()

    def do_POST(self) -> None:
        self.dispatch()

    def do_DELETE(self) -> None:
        self.dispatch()

    def do_HEAD(self) -> None:
        self.dispatch()

    def do_PUT(self) -> None:
        self.dispatch()

    do_PATCH = do_OPTIONS = do_PUT  # noqa: N815

    def dispatch(self) -> None:
        parts = urlsplit(self.path)
        try:
            self.check_host()
            incoming = Incoming(
                method=self.command,
                path=parts.path,
                query=parts.query,
                body=self.read_body(),
                headers={name.lower(): value for name, value in self.headers.items()},
            )
            self.answer(incoming)
        except BadRequestError as refused:
            self.close_connection = True
            error = StripeError(str(refused), status=refused.status)
            self.send_json(Answer(refused.status, error.body()))
        except BrokenAnswerError as broken:
            self.break_connection(broken.fault)

    def answer(self, incoming: Incoming) -> None:
        simulator = self.server.simulator
        if incoming.path.startswith("/_simulator/"):
            self.send_json(control.respond(simulator, incoming))
        elif incoming.path.startswith(pages.PREFIXES):
            self.send_page(pages.respond(simulator.world, incoming))
        elif incoming.path.rstrip("/") == control_room.PATH:
            self.send_page(control_room.respond(simulator, incoming))
        elif incoming.path == "/":
            self.send_page(pages.home(simulator.world))
        elif incoming.path.startswith(("/v1/", "/v2/")):
            answer = respond(simulator.world, incoming)
            for observe in simulator.observers:
                observe(incoming, answer)
            self.send_json(answer)
            simulator.changed()
        else:
            self.send_json(Answer(404, unknown_url(incoming.method, incoming.path).body()))

    def check_host(self) -> None:
        """Refuse names that merely resolve to loopback: a web page must not reach the control API."""
        host = urlsplit("//" + self.headers.get("Host", "")).hostname or ""
        try:
            require_loopback(host)
        except ValueError:
            raise BadRequestError(403, "The simulator answers to loopback names only.") from None

    def read_body(self) -> str:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            raise BadRequestError(411, "Send a Content-Length.")
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise BadRequestError(400, "The Content-Length is not a number.")
        if int(length) > MAX_BODY:
            raise BadRequestError(413, "The request is too large.")
        try:
            return self.rfile.read(int(length)).decode()
        except UnicodeDecodeError:
            raise BadRequestError(400, "The request is not UTF-8.") from None

    def send_json(self, answer: Answer) -> None:
        body = json.dumps(answer.body, indent=2).encode()
        self.send_bytes(answer.status, body, {"Content-Type": "application/json", **answer.headers})

    def send_page(self, page: pages.Page) -> None:
        headers = {
            "Content-Type": f"{page.content_type}; charset=utf-8",
            "Content-Security-Policy": CONTENT_POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        if page.location:
            headers["Location"] = page.location
        self.send_bytes(page.status, page.html.encode(), headers)
        self.server.simulator.changed()

    def send_bytes(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value.replace("\r", "").replace("\n", ""))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def break_connection(self, fault: ApiFault) -> None:
        if fault.kind == "html":
            self.send_bytes(502, b"<html>Bad gateway (simulated)</html>", {"Content-Type": "text/html"})
            return
        self.close_connection = True
        # A zero linger turns the close into a reset, as a crashed peer would.
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def log_message(self, format: str, *args: Any) -> None:
        if self.server.simulator.verbose:
            print(f"{self.command} {urlsplit(self.path).path} {args[1] if len(args) > 1 else ''}")
