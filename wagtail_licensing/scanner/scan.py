"""One scan: plant, ask, report, and leave nothing behind."""

import secrets as random
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from wagtail.search.backends import get_search_backends_with_name
from wagtail.search.index import class_is_indexed, get_indexed_instance

from ..conf import now
from ..gates.marks import marking
from ..gates.requirements import requirement_of
from .areas import marks_of, note_guarded_views, secrets_of_areas
from .browser import Browser, NoMoreRequestsError
from .canaries import Secret, plant_in_page
from .crawl import Crawl
from .files import add_rendition, plant_files, secret_of_file, urls_of_file
from .pages import scan_pages
from .parts import plant_in_blocks, plant_in_children, plant_in_snippets, secret_of_object
from .personas import Persona, make_personas, stranger
from .registry import registered_channels
from .report import ScanReport
from .routes import routes
from .sandbox import sandbox
from .sentences import (
    fingerprint_blocks,
    fingerprint_children,
    fingerprint_of_object,
    fingerprint_of_page,
    fingerprint_snippets,
)
from .targets import gated_collections, gated_files, gated_pages, open_pages
from .views import scan_views


class CannotScanError(Exception):
    """The scan did not run; the message says why."""


def scan_for_leaks(
    *,
    plant: bool = True,
    allow_plant: bool = False,
    pages_per_type: int | None = 2,
    open_pages_per_type: int | None = 10,
    admin: bool = True,
    max_requests: int = 10_000,
    accept: Iterable[str] = (),
    progress: Callable[[int], None] | None = None,
    at: datetime | None = None,
) -> ScanReport:
    """Ask the site for everything gated, as people without access, and return what came out.

    With ``plant``, words of its own are put into ``pages_per_type`` pages of each type behind every
    gate and a file into every gated collection, and accounts and licenses are made; all of it inside
    a transaction that is rolled back. Raises :class:`CannotScanError` where ``DEBUG`` is off, unless
    ``allow_plant``. Without ``plant`` nothing is written: sentences that are there already are
    looked for, as a stranger.

    ``admin``: whether the addresses of the admin are asked for, as a member without rights there.
    ``accept``: beginnings of what may stay unscanned. ``progress`` is called with the number of
    requests. ``at`` (default: now) is the instant for which licenses are made. None as a number of
    pages means all. Never on a server that answers requests at the same time in the same process.
    """
    if plant and not settings.DEBUG and not allow_plant:
        raise CannotScanError(
            "DEBUG is off: allow planting (--allow-plant) on a copy of the site, or use plant=False"
            " (--no-plant)."
        )
    report = ScanReport()
    run = random.token_hex(4)
    browser = Browser(max_requests=max_requests, progress=progress)
    with sandbox():
        opens = open_pages(per_type=open_pages_per_type)
        crawl = _prepare(report, run, plant, pages_per_type, opens, at or now(), browser)
        try:
            with marking(marks_of(crawl.secrets)):
                _walk(crawl, opens, admin)
        except NoMoreRequestsError:
            report.add_unscanned("the rest of the site", f"{max_requests} requests were made")
        crawl.finish()
    report.accept(accept)
    return report


def _prepare(
    report: ScanReport,
    run: str,
    plant: bool,
    pages_per_type: int | None,
    opens: list[Any],
    at: datetime,
    browser: Browser,
) -> Crawl:
    pages = gated_pages(per_type=pages_per_type)
    files, others = gated_files()
    blocks = list(plant_in_blocks(opens, run)) if plant else []
    if plant:
        licensed, outsiders = _personas(run, at, [pk for _secret, ids in blocks for pk in ids])
    else:
        licensed, outsiders = None, [stranger()]
        why = "without planting, only a stranger asks"
        report.add_unscanned("members, lapsed and other licenses", why)
    if plant:
        found = [plant_in_page(page, run) for page in pages]
        found += _parts(found, run, report)
        found += [secret for secret, _ids in blocks]
        found += [secret_of_object(instance, run) for instance in others]
        found += _new(plant_in_snippets(pages, run), found)
    else:
        found = _fingerprints(pages, opens, others)
    for secret in found:
        if not secret.patterns and not secret.has_parts:
            report.add_unscanned(secret.label, "it has no hidden text by which it is recognised")
    found += [secret_of_file(kind, instance, report) for kind, instance in files]
    found += secrets_of_areas(run)
    if plant:
        _index(found, report)
        found += _planted_files(run, report)
        if licensed is not None:
            note_guarded_views(found, routes(), browser, licensed=licensed, outsiders=outsiders)
    elif gated_collections():
        report.add_unscanned("files of gated collections", "without planting, none is recognised")
    if not found:
        report.add_unscanned("gates", "nothing published is gated: the scan proves nothing")
    _note_caches(report)
    return Crawl(
        browser=browser,
        report=report,
        secrets=found,
        outsiders=outsiders,
        licensed=licensed,
        run=run,
    )


def _personas(run: str, at: datetime, products: list[int]) -> tuple[Persona, list[Persona]]:
    required = [requirement_of(route.view) for route in routes()]
    slugs = [slug for one in required if one is not None for slug in one[1]]
    try:
        return make_personas(run, at=at, products=products, slugs=slugs)
    except (DatabaseError, TypeError, ValueError) as error:
        raise CannotScanError(
            f"The accounts of the scan could not be made ({type(error).__name__})."
        ) from error


def _fingerprints(pages: list[Any], opens: list[Any], others: list[Any]) -> list[Secret]:
    """Recognise what is gated by the sentences that stand in it."""
    found = []
    for page in pages:
        secret = fingerprint_of_page(page)
        own = [one for one in fingerprint_children(page) if one.patterns]
        secret.has_parts = bool(own)
        found += [secret, *own]
    found += fingerprint_blocks(opens)
    found += [fingerprint_of_object(instance) for instance in others]
    found += _new(fingerprint_snippets(pages), found)
    return found


def _parts(found: list[Secret], run: str, report: ScanReport) -> list[Secret]:
    """Plant in the inline children of gated pages, and note which pages they speak for."""
    parts = []
    for secret in found:
        own = list(plant_in_children(secret.instance, run, report))
        secret.has_parts = bool(own)
        parts += own
    return parts


def _new(secrets: Iterable[Secret], found: list[Secret]) -> list[Secret]:
    """Return those of ``secrets`` whose object has none yet: a snippet with a gate of its own."""
    known = {(type(one.instance), getattr(one.instance, "pk", None)) for one in found}
    return [one for one in secrets if (type(one.instance), one.instance.pk) not in known]


def _walk(crawl: Crawl, opens: list[Any], admin: bool) -> None:
    pages = [secret for secret in crawl.secrets if secret.kind == "page"]
    scan_pages(crawl, pages, opens)
    for secret in crawl.secrets:
        if secret.kind == "file":
            for channel, url in urls_of_file(secret, crawl.report):
                _look_at_file(crawl, channel, url)
    for name, urls in registered_channels().items():
        for secret in crawl.secrets:
            if secret.kind in ("page", "file", "object"):
                for url in urls(secret.instance):
                    crawl.look(name, url)
    scan_views(crawl, pages, admin=admin)


def _look_at_file(crawl: Crawl, channel: str, url: str) -> None:
    if "://" in url and not url.startswith(_own_roots()):
        crawl.report.add_unscanned(
            url.split("?")[0].rsplit("/", 1)[0], "files at another host are not asked for"
        )
        return
    crawl.look(channel, url)
    for persona in crawl.few():
        crawl.look_as(persona, channel, url, HTTP_RANGE="bytes=0-")


def _own_roots() -> tuple[str, ...]:
    from wagtail.models import Site

    return tuple(f"{site.root_url}/" for site in Site.objects.all())


def _planted_files(run: str, report: ScanReport) -> list[Secret]:
    found = []
    for collection in gated_collections():
        for secret in plant_files(collection, run, report):
            if hasattr(secret.instance, "get_rendition"):
                add_rendition(secret)
            found.append(secret)
    return found


def _index(found: list[Secret], report: ScanReport) -> None:
    """Let the site's search find what was planted, where its index is in the database."""
    for name, backend in get_search_backends_with_name():
        if ".database" not in type(backend).__module__:
            report.add_unscanned(
                f"search backend {name}", "its index is outside of the database and was not changed"
            )
            continue
        for secret in found:
            if not class_is_indexed(type(secret.instance)) or secret.kind not in _INDEXED:
                continue
            instance = get_indexed_instance(secret.instance)
            if instance is not None:
                backend.add(instance)


#: What is planted in fields that a search index may hold.
_INDEXED = ("page", "block", "object")


def _note_caches(report: ScanReport) -> None:
    for alias, config in settings.CACHES.items():
        if config["BACKEND"].endswith("DummyCache"):
            report.add_unscanned(f"cache {alias}", "it keeps nothing with these settings")
