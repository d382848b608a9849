"""Blocks of files: one after the other, for both kinds of servers, and the file is closed."""

import asyncio
import io

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from wagtail_licensing.gates.files.streams import BLOCK, stream


class Opened(io.BytesIO):
    """A file that must not be read in one go."""

    def read(self, size=-1):
        assert 0 < size <= BLOCK
        return super().read(size)


CONTENT = bytes(range(256)) * 1000


def read(request, start, length, stop_after=None):
    """Return the blocks of a part, and the file that they come from."""
    opened = []

    def opener():
        opened.append(Opened(CONTENT))
        return opened[0]

    blocks = stream(request, opener, start=start, length=length)
    assert not opened, "nothing is opened before the first block"
    if isinstance(request, ASGIRequest):
        return asyncio.run(_collect(blocks, stop_after)), opened
    found = []
    for block in blocks:
        found.append(block)
        if stop_after and len(found) == stop_after:
            blocks.close()
            break
    return found, opened


async def _collect(blocks, stop_after):
    found = []
    async for block in blocks:
        found.append(block)
        if stop_after and len(found) == stop_after:
            await blocks.aclose()
            break
    return found


@pytest.fixture(params=["wsgi", "asgi"])
def asked(request):
    if request.param == "wsgi":
        return RequestFactory().get("/")
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    return ASGIRequest(scope, io.BytesIO())


@pytest.mark.parametrize(
    ("start", "length"), [(0, len(CONTENT)), (5, 10), (BLOCK - 1, 2), (len(CONTENT) - 1, 1), (0, 0)]
)
def test_a_part_comes_in_blocks_and_the_file_is_closed(asked, start, length):
    blocks, opened = read(asked, start, length)
    assert b"".join(blocks) == CONTENT[start : start + length]
    assert all(len(block) <= BLOCK for block in blocks)
    assert opened[0].closed


def test_a_file_that_got_shorter_ends_early(asked):
    blocks, opened = read(asked, len(CONTENT) - 3, 100)
    assert b"".join(blocks) == CONTENT[-3:]
    assert opened[0].closed


def test_a_reader_who_goes_away_closes_the_file(asked):
    blocks, opened = read(asked, 0, len(CONTENT), stop_after=1)
    assert len(blocks) == 1
    assert opened[0].closed
