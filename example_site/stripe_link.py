"""How the site reaches the simulator and knows its webhooks: facts in one small file."""

from collections.abc import Iterator

from .data_dir import read_json, write_json

FILE = "stripe.json"

#: What stands there before the first start, so that no event of anybody verifies.
NO_SECRET = "whsec_the_demo_has_not_started"


class WebhookSecrets:
    """The signing secrets of the webhook endpoint, read anew each time: they can be rotated."""

    def __iter__(self) -> Iterator[str]:
        return iter(read_json(FILE).get("webhook_secrets") or [NO_SECRET])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return f"<{len(self)} webhook secrets>"


def remember(*, base_url: str, webhook_secrets: list[str]) -> None:
    """Write down where the simulator is and how it signs."""
    write_json(FILE, {"base_url": base_url, "webhook_secrets": webhook_secrets})


def add_secret(secret: str) -> None:
    """Know ``secret`` from now on, beside the newest one before it."""
    data = read_json(FILE)
    known = [each for each in data.get("webhook_secrets", []) if each != secret]
    write_json(FILE, {**data, "webhook_secrets": [secret, *known[:1]]})
