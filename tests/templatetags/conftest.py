"""Pages of blocks, for the tags."""

from tests.blocks.conftest import make_page

__all__ = ["make_page"]
