"""Checks of the floor under hidden gates."""

from typing import Any

from django.core.checks import CheckMessage, Warning

from ..conf import conf
from ..gates.floor import MOST_GATES, hidden_gates


def check_floor(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether more gates hide their pages than Wagtail itself can be told of."""
    try:
        count = hidden_gates().count() if conf.floor else 0
    except Exception:  # noqa: BLE001 - checks run before the first migration and in image builds too
        return []
    if count <= MOST_GATES:
        return []
    return [
        Warning(
            f"{count} gates hide their pages; {MOST_GATES} are private for Wagtail itself too.",
            hint="Our gates hold for all of them, but code that asks only Wagtail (.public()) finds the"
            " others. Put one gate before a common parent, or have such code use only_accessible().",
            id="wagtail_licensing.W018",
        )
    ]


CHECKS = (check_floor,)
