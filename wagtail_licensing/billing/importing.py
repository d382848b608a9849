"""Take over the subscribers whom a site had at Stripe before this package.

The same list as the full comparison, one request for each 100. It links customers and asks for
their subscriptions to be read; what a subscription means is decided where it always is.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..conf import conf
from ..models import ProductPrice, SyncCursor
from . import cursors
from .client import Gateway
from .compare import compare_page
from .full_run import subscriptions_after
from .import_links import Link, Linker
from .inbox import request_many
from .projection import ENDED_STATUSES
from .report import Progress, silent
from .targets import SUBSCRIPTION, id_in

Json = dict[str, Any]

#: Customers named in a report; the count goes on.
NAMED = 20


class ImportIsRunningError(RuntimeError):
    """Another import is under way."""


@dataclass(slots=True)
class Imported:
    """What an import saw: living subscriptions by what became of their customer, prices that no product
    has, links that no subscription asked for, and the targets to ring for."""

    subscriptions: int = 0
    ended: int = 0
    by_link: Counter[str] = field(default_factory=Counter)
    unlinked: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    unknown_prices: Counter[str] = field(default_factory=Counter)
    unused_links: int = 0
    resumed: bool = False
    targets: list[int] = field(default_factory=list)


def import_from_stripe(
    *,
    at: datetime,
    links: Mapping[str, str] | None = None,
    metadata_key: str = "",
    dry_run: bool = False,
    progress: Progress = silent,
) -> Imported:
    """Link customers and ask for their living subscriptions to be read; return what was seen.

    ``links`` are user names by customer, ``metadata_key`` the name of a field of a subscription's
    metadata that holds one. Twice in a row changes nothing the second time; a run that was killed
    goes on where it was. Whoever calls rings for the targets. Not inside a transaction. Raises
    ``StripeFailure`` and :class:`ImportIsRunningError`.
    """
    gateway, begun = Gateway(), time.monotonic()
    cursor = None if dry_run else cursors.take_run(cursors.IMPORT, at=at)
    if cursor is None and not dry_run:
        raise ImportIsRunningError("another import is under way")
    linker = Linker(links=links or {}, metadata_key=metadata_key, dry_run=dry_run, at=at)
    result = Imported(resumed=bool(cursor is not None and cursor.position))
    try:
        for page in _pages(gateway, cursor):
            _take_page(page, linker, result, at=at, dry_run=dry_run)
            if cursor is not None:
                position = {"after": page[-1]["id"], "before": page[-1].get("created")}
                cursors.move(cursor, position, at=at + timedelta(seconds=time.monotonic() - begun))
            progress(result.subscriptions, result.subscriptions)
    except BaseException:
        if cursor is not None:
            cursors.give_up(cursor, at=at)
        raise
    if cursor is not None:
        cursors.finish(cursor, {}, at=at)
    result.unused_links = len(links or {}) - len(linker.used)
    return result


def _pages(gateway: Gateway, cursor: SyncCursor | None) -> Iterator[list[Json]]:
    yield from subscriptions_after(gateway, cursor.position if cursor is not None else {})


def _take_page(
    page: list[Json], linker: Linker, result: Imported, *, at: datetime, dry_run: bool
) -> None:
    living = [raw for raw in page if raw.get("status") not in ENDED_STATUSES]
    result.subscriptions += len(page)
    result.ended += len(page) - len(living)
    _note_prices(living, result)
    for raw in living:
        customer_id = id_in(raw.get("customer"))
        link = linker.link(customer_id, raw)
        result.by_link[link] += 1
        named = {Link.UNLINKED: result.unlinked, Link.CONFLICT: result.conflicts}.get(link)
        if named is not None and len(named) < NAMED and customer_id not in named:
            named.append(customer_id)
    if not dry_run:
        differing = compare_page(living).differing
        result.targets += request_many(
            kind=SUBSCRIPTION,
            object_ids=differing,
            account=conf.stripe_account,
            at=at,
            by_import=True,
        )


def _note_prices(living: list[Json], result: Imported) -> None:
    """Count the prices that no product has; such a subscription gives nobody anything."""
    prices = [
        id_in(item.get("price")) for raw in living for item in (raw.get("items") or {}).get("data") or []
    ]
    rows = ProductPrice.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, stripe_price_id__in=set(prices)
    )
    known = set(rows.values_list("stripe_price_id", flat=True))
    result.unknown_prices.update(price for price in prices if price not in known)
