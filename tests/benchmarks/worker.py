"""A web server with one worker, in a thread, that tells how long its processor was busy."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.handlers.wsgi import WSGIHandler
from django.db import connections


@dataclass(slots=True)
class Worker:
    """Answers one request after another at ``address``, "host:port". ``cpu``: seconds it worked."""

    address: str
    cpu: float = 0.0


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def one_worker() -> Iterator[Worker]:
    """Serve the site with a single worker, as long as the block lasts."""
    server = WSGIServer(("127.0.0.1", 0), _Quiet)
    server.set_app(WSGIHandler())
    server.timeout = 1
    worker = Worker(f"127.0.0.1:{server.server_port}")
    ends = threading.Event()

    def work() -> None:
        while not ends.is_set():
            server.handle_request()
            worker.cpu = time.thread_time()
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield worker
    finally:
        ends.set()
        thread.join()
        server.server_close()
