"""Read many subscriptions through Stripe's list: a request for many of them instead of one for each."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from .client import PAGE, Gateway
from .errors import BadRequest, Missing
from .fetch import EXPANDED
from .hints import creation_of
from .lease import Lease

logger = logging.getLogger(__name__)

Json = dict[str, Any]

#: Wanted objects on a page below which a page was not worth its while, and such pages in a row after
#: which the rest is left to be read one by one.
WORTH, PATIENCE = 5, 2


def list_subscriptions(gateway: Gateway, leases: Sequence[Lease]) -> Iterator[tuple[Lease, Json]]:
    """Yield subscriptions that stand close to each other in Stripe's list, as it gives them now.

    Those that are missing, stand alone, or of which nobody knows when they were created, are not
    among them. Each page begins at the newest that is still wanted, so that no request is in vain.
    Raises ``StripeFailure``.
    """
    wanted = {lease.object_id: lease for lease in leases if lease.object_created}
    poor = 0
    after = ""
    while len(wanted) >= WORTH and poor < PATIENCE:
        newest = max(_created(lease) for lease in wanted.values())
        rows = _page(gateway, newest, after)
        found = [row for row in rows if row.get("id") in wanted]
        for row in found:
            yield wanted.pop(row["id"]), row
        poor = 0 if len(found) >= WORTH else poor + 1
        if not rows:
            return
        oldest = creation_of(rows[-1], rows[-1]["id"])
        if oldest is None:
            return
        # What should have stood above the end of the page and did not is no more in the list.
        for object_id in [key for key, lease in wanted.items() if _created(lease) > oldest]:
            del wanted[object_id]
        begins = max(map(_created, wanted.values()), default=None)
        after = rows[-1]["id"] if begins == oldest else ""


def _created(lease: Lease) -> datetime:
    assert lease.object_created is not None  # noqa: S101 - those without are left out
    return lease.object_created


def _page(gateway: Gateway, newest: datetime, after: str) -> list[Json]:
    params: Json = {"created": {"lte": int(newest.timestamp())}, "status": "all", "limit": PAGE}
    if after:
        params["starting_after"] = after
    try:
        page = gateway.get("/v1/subscriptions", expand=[f"data.{each}" for each in EXPANDED], **params)
    except (BadRequest, Missing):
        # The one after which to go on is gone, or the list is not for us: each can still be read.
        logger.warning("Stripe's list of subscriptions could not be read; they are read one by one")
        return []
    return page.get("data") or []
