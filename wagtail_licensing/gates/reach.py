"""Before what a gate may stand."""

from typing import Any

from ..models import Gate


def may_be_gated(model: type[Any]) -> bool:
    """Tell whether a gate may stand before objects of ``model``: any, but for those of this package."""
    return bool(model._meta.app_label != Gate._meta.app_label)
