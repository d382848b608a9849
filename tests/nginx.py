"""A real nginx on loopback, with the configuration that the documentation or the example shows."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs/how-to/protect-files-with-nginx.md"

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/local/bin")

needs_nginx = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed: apt-get install nginx-light"
)

_AROUND = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 128; }}
http {{
    access_log off;
    types {{ text/plain txt; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""


def documented_server() -> str:
    """Return the configuration that the page shows."""
    block = re.search(r"```nginx\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block
    return block[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_nginx(*, folder: Path, upstream: str, private: Path, media: Path) -> Iterator[str]:
    """Run nginx as documented before the application at ``upstream``, and give its own address."""
    places = {
        "server_name example.org;": "server_name localhost;",
        "/srv/site/media/": f"{media}/",
        "/srv/site/private/": f"{private}/",
        "http://127.0.0.1:8000": f"http://{upstream}",
    }
    with running_server(documented_server(), folder=folder, places=places) as host:
        yield host


@contextmanager
def running_server(server: str, *, folder: Path, places: dict[str, str]) -> Iterator[str]:
    """Run nginx with the block ``server``, with what is here in ``places`` of what it shows, and give
    its address, "host:port"."""
    port = free_port()
    for shown, real in {"listen 80;": f"listen 127.0.0.1:{port};", **places}.items():
        assert shown in server, shown
        server = server.replace(shown, real)
    configuration = folder / "nginx.conf"
    # The master may be root, whose files here nobody else reads.
    user = "user root;\n" if os.geteuid() == 0 else ""
    configuration.write_text(user + _AROUND.format(folder=folder, server=server))
    process = subprocess.Popen(
        [str(NGINX), "-e", "stderr", "-p", str(folder), "-c", str(configuration)],
        stderr=subprocess.PIPE,
    )
    try:
        _wait_for(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        if process.stderr:
            process.stderr.close()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        if process.poll() is not None:
            errors = process.stderr.read().decode() if process.stderr else ""
            raise RuntimeError(f"nginx did not start: {errors}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx does not answer")
