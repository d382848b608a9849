"""The hosted pages: checkout, customer portal and invoice, as plain HTML without JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from example_site.stripe_simulator.billing import engine
from example_site.stripe_simulator.errors import StripeError
from example_site.stripe_simulator.forms import decode
from example_site.stripe_simulator.world import Request, World

from . import checkout, invoice, portal
from .markup import STYLE, Html, Page, fill, page

if TYPE_CHECKING:
    from example_site.stripe_simulator.api import Incoming

__all__ = ["PREFIXES", "Page", "home", "respond"]

PREFIXES = ("/checkout/", "/portal/", "/invoice/", "/pages/")
PATH = re.compile(r"^/(checkout|portal|invoice)/([A-Za-z0-9_]+)/?$")
SHOW = {"checkout": checkout.show, "portal": portal.show, "invoice": invoice.show}
ACT = {"checkout": checkout.act, "portal": portal.act, "invoice": invoice.act}


def respond(world: World, incoming: Incoming) -> Page:
    """Answer a page request. Never raises: what goes wrong is a page too."""
    if incoming.path == "/pages/style.css":
        return Page(STYLE, content_type="text/css")
    match = PATH.match(incoming.path)
    if not match:
        return not_found()
    kind, id_ = match.groups()
    try:
        with world.lock, world.answering(Request()), world.acting_for(world.account_of(id_)):
            engine.catch_up(world)
            if incoming.method == "POST":
                result = ACT[kind](world, id_, decode(incoming.body))
                world.touched()
                return result
            return SHOW[kind](world, id_, decode(incoming.query))
    except StripeError as error:
        if error.status == 404:
            return not_found()
        return page("This did not work", Html(""), error=str(error), status=error.status)


def not_found() -> Page:
    text = Html("<p>This page does not exist, or what it showed is gone.</p>")
    return page("Nothing here", text, status=404)


def home(world: World) -> Page:
    with world.lock:
        counts = {kind: len(rows) for kind, rows in world.store.kinds.items() if rows}
    rows = [
        fill("<tr><td>{kind}</td><td class=amount>{count}</td></tr>", kind=kind, count=count)
        for kind, count in sorted(counts.items())
    ]
    content = fill(
        "<p>A local stand-in for Stripe's test mode. The API answers under <code>/v1/</code> for any "
        "<code>sk_test_</code> key.</p><p><a href='/control'>Control room</a></p>"
        "<table><thead><tr><th scope=col>Object</th>"
        "<th scope=col class=amount>Count</th></tr></thead><tbody>{rows}</tbody></table>",
        rows=Html("\n".join(rows)),
    )
    return page("Running", content)
