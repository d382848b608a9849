"""Checks of what the APIs of a site show: W011 and W012."""

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Warning
from wagtail.models import get_page_models

from ..conf import conf

_APIS = ("wagtail.api.v2", "wagtail.api.v3", "grapple")


def check_public_fields(**kwargs: Any) -> list[CheckMessage]:
    """W011: a page type declares public what its API does not have."""
    messages: list[CheckMessage] = []
    for model in get_page_models():
        declared = vars(model).get("licensing_public_fields")
        if declared is None:
            continue
        unknown = [declared] if isinstance(declared, str) else sorted(set(declared) - _in_api(model))
        if not unknown:
            continue
        messages.append(
            Warning(
                f"{model._meta.label}.licensing_public_fields names what its API does not show: "
                f"{', '.join(unknown)}.",
                hint="Give a list of names out of title and api_fields: a field that is misspelled "
                "stays closed.",
                obj=model,
                id="wagtail_licensing.W011",
            )
        )
    return messages


def check_apis_are_gated(**kwargs: Any) -> list[CheckMessage]:
    """W012: there is an API, and the gates do not count in it."""
    if conf.gate_api or not any(apps.is_installed(name) for name in _APIS):
        return []
    return [
        Warning(
            "WAGTAIL_LICENSING_GATE_API is off: the APIs of this site show what is gated.",
            hint="Remove the setting, unless the APIs are closed to the public by other means.",
            id="wagtail_licensing.W012",
        )
    ]


def _in_api(model: type[Any]) -> set[str]:
    fields: Iterable[Any] = (
        *getattr(model, "api_fields", ()),
        *getattr(model, "api_meta_fields", ()),
    )
    return {"title", *(getattr(field, "name", field) for field in fields)}


CHECKS: tuple[Callable[..., list[CheckMessage]], ...] = (check_public_fields, check_apis_are_gated)
