"""HTML that escapes by default: only `Html` passes unchanged."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from example_site.stripe_simulator.billing.currencies import decimals


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


@dataclass
class Page:
    html: str
    status: int = 200
    location: str | None = None
    content_type: str = "text/html"


def fill(template: str, **values: Any) -> Html:
    """*template* with `{name}` replaced by the escaped values."""
    return Html(template.format_map({key: escape(value) for key, value in values.items()}))


def escape(value: Any) -> Html:
    if isinstance(value, Html):
        return value
    return Html(html.escape("" if value is None else str(value), quote=True))


def join(parts: Iterable[Html]) -> Html:
    return Html("\n".join(parts))


def money(amount: int, currency: str) -> str:
    places = decimals(currency)
    if not places:
        return f"{amount} {currency.upper()}"
    whole, rest = divmod(abs(amount), 10**places)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:0{places}d} {currency.upper()}"


def day(moment: int | None) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else "-"


def rhythm(price: dict[str, Any]) -> str:
    recurring = price["recurring"]
    if not recurring:
        return "once"
    count, interval = recurring["interval_count"], recurring["interval"]
    return f"every {interval}" if count == 1 else f"every {count} {interval}s"


LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title} - Stripe simulator</title>
<link rel="stylesheet" href="/pages/style.css">
<link rel="icon" href="data:,">
</head>
<body>
<header class="banner"><strong>Stripe simulator</strong> - no money moves</header>
<main>
<h1>{title}</h1>
{message}
{content}
</main>
</body>
</html>
"""


def page(title: str, content: Html, *, error: str = "", notice: str = "", status: int = 200) -> Page:
    message = Html("")
    if error:
        message = fill('<p class="message error" role="alert">{text}</p>', text=error)
    elif notice:
        message = fill('<p class="message" role="status">{text}</p>', text=notice)
    return Page(fill(LAYOUT, title=title, message=message, content=content), status)


def see_other(location: str) -> Page:
    text = fill('<p><a href="{url}">Continue</a></p>', url=location)
    return Page(page("Continue", text).html, status=303, location=ascii_url(location))


def ascii_url(url: str) -> str:
    """*url* as it may stand in a header."""
    return "".join(
        each if "!" <= each <= "~" else "".join(f"%{byte:02X}" for byte in each.encode()) for each in url
    )


STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
