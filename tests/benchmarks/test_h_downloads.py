"""H: what a download of a gigabyte costs, and whom slow readers keep waiting."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import quantiles

import pytest
from django.test import override_settings
from wagtail.documents import get_document_model
from wagtail.models import Collection

from tests.nginx import needs_nginx, running_nginx
from wagtail_licensing.models import EntitlementRule, Gate
from wagtail_licensing.storages import PrivateFileSystemStorage

from .browser import Browser
from .report import OK, SHORT
from .worker import Worker, one_worker

GIGABYTE = 1024**3
SLOW_READERS = 4


@pytest.fixture(scope="module")
def download(world, tmp_path_factory) -> Iterator[tuple[str, str, Worker, str]]:
    """A gated file of a gigabyte: nginx's address, its path, the worker, the reader's cookie."""
    folder = tmp_path_factory.mktemp("downloads")
    private, media = folder / "private", folder / "media"
    (private / "documents").mkdir(parents=True)
    media.mkdir()
    with (private / "documents" / "film.mp4").open("wb") as film:
        film.truncate(GIGABYTE)  # sparse: it takes no room
    field = get_document_model()._meta.get_field("file")
    former = field.storage
    collection = Collection.get_first_root_node()
    document = get_document_model().objects.create(
        title="Film", file="documents/film.mp4", file_size=GIGABYTE, collection=collection
    )
    gate = Gate.objects.create(kind="document", document=document)
    EntitlementRule.objects.create(gate=gate, product=world.products[0])
    locations = {"/protected/": str(private)}
    try:
        field.storage = PrivateFileSystemStorage(location=private)
        with (
            override_settings(WAGTAIL_LICENSING_SENDFILE_LOCATIONS=locations),
            one_worker() as worker,
            running_nginx(folder=folder, upstream=worker.address, private=private, media=media) as host,
        ):
            yield host, document.url, worker, Browser(world.reader)._cookie
    finally:
        field.storage = former
        gate.delete()
        document.delete()


@contextmanager
def asked(host: str, path: str, cookie: str = "", **headers: str) -> Iterator[socket.socket]:
    """Send a request for ``path`` over a connection of its own."""
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=30) as connection:
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", f"Cookie: {cookie}"]
        lines += [f"{header}: {value}" for header, value in headers.items()]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        yield connection


def head_of(connection: socket.socket) -> str:
    """Read the head of an answer, and a bit more."""
    text = b""
    while b"\r\n\r\n" not in text and (block := connection.recv(65_536)):
        text += block
    return text.decode("latin-1")


def read_all(connection: socket.socket) -> int:
    """Read to the end, and return the number of bytes."""
    room, total = bytearray(1024 * 1024), 0
    while count := connection.recv_into(room):
        total += count
    return total


@needs_nginx
def test_a_gigabyte_costs_the_worker_next_to_nothing(download, report) -> None:
    host, path, worker, cookie = download
    for _ in range(2):
        with asked(host, path, cookie, Range="bytes=0-99") as connection:
            head = head_of(connection)
    status = head.split()[1]
    report.count("H1", "part of a gated gigabyte, status", int(status), 206)
    with asked(host, path) as connection:
        report.count(
            "H1", "the same without a license, status", int(head_of(connection).split()[1]), 403
        )
    spent, took = [], []
    for _ in range(5):
        time.sleep(0.2)
        before, started = worker.cpu, time.monotonic()
        with asked(host, path, cookie) as connection:
            assert read_all(connection) > GIGABYTE
        took.append(time.monotonic() - started)
        time.sleep(0.2)
        spent.append(worker.cpu - before)
    middle = sorted(spent)[2]
    report.add(
        "H1",
        "processor time of the worker for a gigabyte through X-Accel-Redirect",
        f"{middle:.4f} s of {sorted(took)[2]:.2f} s",
        "<= 0.01 s",
        OK if middle <= 0.01 else SHORT,
    )
    # A Python worker that sends the file itself is busy for about as long as the download takes.
    assert middle < 0.2


@needs_nginx
def test_slow_readers_keep_nobody_waiting(download, report) -> None:
    host, path, _, cookie = download

    def probe(seconds: float) -> list[float]:
        found, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            started = time.monotonic()
            with asked(host, "/plain/") as connection:
                assert head_of(connection).split()[1] == "200"
            found.append(time.monotonic() - started)
        return found

    alone = quantiles(probe(3), n=20)[-1]
    with ExitStack() as readers:
        slow = [readers.enter_context(asked(host, path, cookie)) for _ in range(SLOW_READERS)]
        for connection in slow:
            assert " 200 " in head_of(connection)
        beside = probe(3)
        for connection in slow:
            assert connection.recv(1024), "the download goes on"
    p95 = quantiles(beside, n=20)[-1]
    ratio = p95 / alone
    report.add(
        "H1",
        f"another page beside {SLOW_READERS} slow readers and 1 worker, p95 / alone",
        f"{ratio:.2f}x ({len(beside)} answers)",
        "<= 1.50x",
        OK if ratio <= 1.5 else SHORT,
    )
    assert len(beside) > 5
