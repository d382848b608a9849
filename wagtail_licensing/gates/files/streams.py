"""The bytes of a part of a file, block by block: no file is ever held in memory as a whole."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse

#: Larger blocks are hardly faster, smaller ones are far slower.
BLOCK = 64 * 1024

Opener = Callable[[], Any]


def stream(request: Any, opener: Opener, *, start: int, length: int) -> Any:
    """Return ``length`` bytes from ``start`` on of what ``opener`` opens, fit for the server.

    The file is opened when the first block is asked for, and closed after the last, or when the
    reader goes away.
    """
    if isinstance(request, ASGIRequest):
        # Django would read a plain iterator to its end before it sends anything.
        return _blocks_async(opener, start, length)
    return _blocks(opener, start, length)


def _blocks(opener: Opener, start: int, length: int) -> Iterator[bytes]:
    file = opener()
    try:
        file.seek(start)
        while length > 0 and (block := file.read(min(BLOCK, length))):
            length -= len(block)
            yield block
    finally:
        file.close()


async def _blocks_async(opener: Opener, start: int, length: int) -> AsyncIterator[bytes]:
    file = await sync_to_async(opener)()
    try:
        await sync_to_async(file.seek)(start)
        while length > 0 and (block := await sync_to_async(file.read)(min(BLOCK, length))):
            length -= len(block)
            yield block
    finally:
        await sync_to_async(file.close)()


def close_unsent(response: Any) -> None:
    """Close the file of an answer that is not sent. Its own ``close()`` would end the request."""
    file = getattr(response, "file_to_stream", None)
    if file is not None:
        file.close()


def noticed_if_nothing_comes(response: Any, notice: Callable[[], None]) -> None:
    """Have ``notice()`` called if the file of a streamed ``response`` breaks before its first block.

    A file that is open already, and one that the web server sends, cannot break here. A reader who
    goes away is no broken file.
    """
    if not response.streaming or isinstance(response, FileResponse):
        return
    blocks = response.streaming_content
    if response.is_async:
        response.streaming_content = _noticed_async(blocks, notice)
    else:
        response.streaming_content = _noticed(blocks, notice)


def _noticed(blocks: Iterator[bytes], notice: Callable[[], None]) -> Iterator[bytes]:
    try:
        first = next(iter(blocks), b"")
    except Exception:
        notice()
        raise
    yield first
    yield from blocks


async def _noticed_async(
    blocks: AsyncIterator[bytes], notice: Callable[[], None]
) -> AsyncIterator[bytes]:
    try:
        first = await anext(aiter(blocks), b"")
    except Exception:
        await sync_to_async(notice)()
        raise
    yield first
    async for block in blocks:
        yield block
