"""Serves the site from threads of this process, static files included. For the demo, on loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from .processes import ProcessError, wait_for


@contextmanager
def serving(held: socket.socket) -> Iterator[None]:
    """Answer what comes to a listening socket while the body runs."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer

    from .wsgi import application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Handler(WSGIRequestHandler):
        def log_message(self, format, *args):
            """Stay quiet: the terminal belongs to the person who started the demo."""

    server = Server(held.getsockname(), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = held
    server.server_name, server.server_port = held.getsockname()
    server.setup_environ()
    server.set_app(StaticFilesHandler(application))
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="site", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def wait_until_it_answers(url: str) -> None:
    """Wait for the first page. Raises ProcessError when none comes, or a broken one."""
    opener = build_opener(ProxyHandler({}))

    def answers() -> bool:
        try:
            with opener.open(url, timeout=30) as answer:
                return bool(answer.status == 200)
        except HTTPError as error:
            raise ProcessError(f"{url} answered {error.code}") from error
        except (URLError, OSError):
            return False

    wait_for(answers, seconds=30, what=url)
