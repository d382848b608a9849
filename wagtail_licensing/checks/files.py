"""Checks of where gated files lie and how they are sent."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.checks import CheckMessage, Error, Warning

from ..access.decision import any_gate
from ..access.listings import only_accessible
from ..conf import PREFIX, conf
from ..gates.files.kinds import FileKind, file_kinds
from ..gates.files.signing import signs_addresses
from ..gates.reach import may_be_gated

_LONG = timedelta(days=7)
_MONTH = timedelta(days=31)


def check_sendfile_locations(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether the web server's folders are named so that it finds the files."""
    try:
        locations = conf.sendfile_locations
        good = all(_is_location(address, folder) for address, folder in locations.items())
    except (AttributeError, TypeError):
        good = False
    if not good:
        return [
            Error(
                f"{PREFIX}SENDFILE_LOCATIONS is not understood.",
                hint='Name addresses and absolute folders: {"/protected/": "/srv/site/private"}.',
                id="wagtail_licensing.E005",
            )
        ]
    return [
        Warning(
            f"The folder {folder} of {PREFIX}SENDFILE_LOCATIONS does not exist.",
            hint="Create it, or name the folder in which the files are.",
            id="wagtail_licensing.W007",
        )
        for folder in locations.values()
        if not Path(folder).is_dir()
    ]


def _is_location(address: str, folder: str) -> bool:
    plain = address.startswith("/") and address.endswith("/") and "//" not in address
    return plain and address != "/" and address.isprintable() and Path(folder).is_absolute()


def check_downloads(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether downloads are told apart, and kept for as long as their limits need."""
    found: list[CheckMessage] = []
    try:
        window = conf.download_window
    except (TypeError, OverflowError):
        window = timedelta(0)
    if window <= timedelta(0) or window > _MONTH:
        found.append(
            Error(
                f"{PREFIX}DOWNLOAD_WINDOW is no time, or longer than a month.",
                hint="Give a timedelta, or a number of seconds above zero; a day is usual.",
                id="wagtail_licensing.E008",
            )
        )
    try:
        retention = conf.download_log_retention
    except (TypeError, OverflowError):
        retention = timedelta(0)
    if retention < _MONTH:
        found.append(
            Error(
                f"{PREFIX}DOWNLOAD_LOG_RETENTION is shorter than a month.",
                hint="The limits of a month count what is kept: give a timedelta of 31 days or more.",
                id="wagtail_licensing.E009",
            )
        )
    return found


def check_link_lifetime(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether signed links last for a while, and not for too long a one."""
    try:
        lifetime = conf.signed_link_lifetime
    except (TypeError, OverflowError):
        lifetime = timedelta(0)
    if lifetime <= timedelta(0):
        return [
            Error(
                f"{PREFIX}SIGNED_LINK_LIFETIME is no time.",
                hint="Give a timedelta, or a number of seconds above zero.",
                id="wagtail_licensing.E006",
            )
        ]
    if lifetime > _LONG:
        return [
            Warning(
                f"{PREFIX}SIGNED_LINK_LIFETIME is longer than a week.",
                hint="Make a new link when one is needed; it costs nothing.",
                id="wagtail_licensing.W008",
            )
        ]
    return []


def check_storages(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether files behind gates lie where everybody reaches them past the gate."""
    try:
        exposed = [kind.name for kind in file_kinds() if _is_public(kind) and _any_is_gated(kind)]
    except Exception:  # noqa: BLE001 - checks run before the first migration and in image builds too
        return []
    if not exposed:
        return []
    return [
        Warning(
            f"Gated files lie in a storage with public addresses: {', '.join(exposed)}.",
            hint="Use wagtail_licensing.storages.PrivateFileSystemStorage or a storage with signed"
            " addresses, or let the web server keep the folder back and silence this check.",
            id="wagtail_licensing.W006",
        )
    ]


def _is_public(kind: FileKind) -> bool:
    return any(_gives_addresses(kind.field(name).storage) for name in kind.fields)


def _gives_addresses(storage: Any) -> bool:
    if signs_addresses(storage):
        return False
    try:
        storage.url("marker.txt")
    except (NotImplementedError, ValueError):
        return False
    return True


def _any_is_gated(kind: FileKind) -> bool:
    model = kind.model._meta.get_field("image").related_model if kind.name == "rendition" else kind.model
    if not any_gate() or not may_be_gated(model):
        return False
    rows = model._default_manager.all()
    free = only_accessible(rows, AnonymousUser()).order_by().values("pk")
    found: bool = rows.exclude(pk__in=free).exists()
    return found


CHECKS = (check_sendfile_locations, check_link_lifetime, check_downloads, check_storages)
