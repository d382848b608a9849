"""Where a scan happens: nothing of it is left in the databases, storages, caches and mail boxes."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage
from django.db import connections, transaction
from django.test.utils import override_settings
from django.utils import timezone, translation

_saved: ContextVar[list[tuple[Any, str]] | None] = ContextVar("licensing_scan_files", default=None)
_DUMMY_CACHE = "django.core.cache.backends.dummy.DummyCache"
_DUMMY_MAIL = "django.core.mail.backends.dummy.EmailBackend"


@contextmanager
def sandbox() -> Iterator[None]:
    """Undo everything that happens inside: rows are rolled back, new files removed, caches apart."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(**_settings()))
        stack.enter_context(translation.override(translation.get_language()))
        stack.enter_context(timezone.override(None))
        stack.enter_context(_quiet())
        stack.enter_context(_new_files_removed())
        for alias in connections:
            stack.enter_context(rolled_back(alias))
        yield


@contextmanager
def rolled_back(using: str = "default") -> Iterator[None]:
    """Take back what is written inside, whether it ends well or not."""
    with transaction.atomic(using=using):
        yield
        transaction.set_rollback(True, using=using)


def _settings() -> dict[str, Any]:
    """Return the settings of a scan: mail to nobody, caches of its own, any host."""
    changed: dict[str, Any] = {"ALLOWED_HOSTS": ["*"], "CACHES": _caches()}
    mailers: dict[str, Any] = getattr(settings, "MAILERS", None) or {}
    if mailers:
        changed["MAILERS"] = {name: {"BACKEND": _DUMMY_MAIL} for name in mailers}
    else:
        changed["EMAIL_BACKEND"] = _DUMMY_MAIL
    # Neither left on disk, nor lost when the caches are emptied.
    if settings.SESSION_ENGINE.rpartition(".")[2] in ("file", "cache"):
        changed["SESSION_ENGINE"] = "django.contrib.sessions.backends.signed_cookies"
    return changed


def _caches() -> dict[str, Any]:
    """Return the site's caches, each in memory of its own: what is planted must reach no visitor."""
    run = secrets.token_hex(4)
    return {
        alias: config
        if config.get("BACKEND") == _DUMMY_CACHE
        else {key: value for key, value in config.items() if key in _KEPT}
        | {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": f"licensing-scan-{run}-{alias}",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
        for alias, config in settings.CACHES.items()
    }


_KEPT = ("TIMEOUT", "KEY_PREFIX", "VERSION", "KEY_FUNCTION")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep refused and failing requests out of the log of the site."""
    logger = logging.getLogger("django.request")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


@contextmanager
def _new_files_removed() -> Iterator[None]:
    """Remove the files that are saved inside through Django's storages, renditions among them."""
    saved: list[tuple[Any, str]] = []
    token = _saved.set(saved)
    original = Storage.save

    def save(self: Any, name: Any, content: Any, max_length: Any = None) -> str:
        kept: str = original(self, name, content, max_length=max_length)
        files = _saved.get()
        if files is not None:
            files.append((self, kept))
        return kept

    Storage.save = save  # type: ignore[method-assign]
    try:
        yield
    finally:
        Storage.save = original  # type: ignore[method-assign]
        _saved.reset(token)
        for storage, name in reversed(saved):
            with suppress(OSError, NotImplementedError):
                storage.delete(name)
