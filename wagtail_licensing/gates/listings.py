"""Close every way out that no hook of Wagtail reaches: its APIs, its sitemap, its views.

Wagtail builds these answers in places that are wrapped once, when the application is ready. A
site's subclasses of the same classes are closed with them.
"""

from collections.abc import Callable

from .api_v2 import close_api_v2
from .api_v3 import close_api_v3
from .blocks_in_apis import close_blocks_in_apis
from .caches import close_caches
from .documents import close_documents
from .graphql import close_graphql
from .lms import close_lms
from .localize import close_localize
from .pages import close_pages
from .passwords import close_passwords
from .promotions import close_promotions
from .redirects import close_redirects
from .rich_text import close_rich_text
from .sitemaps import close_sitemaps

#: One function for each way out.
CHANNELS: list[Callable[[], None]] = [
    close_api_v2,
    close_api_v3,
    close_blocks_in_apis,
    close_graphql,
    close_sitemaps,
    close_documents,
    close_pages,
    close_lms,
    close_localize,
    close_passwords,
    close_redirects,
    close_rich_text,
    close_promotions,
    close_caches,
]


def close_listings() -> None:
    """Close each way out; called once, when we are ready."""
    for close in CHANNELS:
        close()
