"""Files behind gates: those that the scan plants, and those that are there."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError, transaction
from django.urls import NoReverseMatch, reverse
from PIL import Image as Pillow
from wagtail.models import Collection

from ..gates.files.kinds import FileKind, file_kinds
from .canaries import Secret, label_of, sample_of_file
from .report import ScanReport

_RENDITION = "width-48"


def plant_files(collection: Collection, run: str, report: ScanReport) -> Iterator[Secret]:
    """Put a document, an image and a media file into ``collection``; the sandbox takes them away."""
    for kind in file_kinds():
        if kind.name == "rendition":
            continue
        name = f"licensing-scan-canary-{run}-{collection.pk}"
        content, name = (
            (_picture(), f"{name}.png")
            if kind.name == "image"
            else (
                f"wlcanary{run}c{collection.pk}z ".encode() + secrets.token_hex(64).encode(),
                f"{name}.txt",
            )
        )
        try:
            with transaction.atomic():
                instance = _save(kind, collection, name, content)
        except (DatabaseError, OSError, TypeError, ValueError) as error:
            report.add_unscanned(
                f"{kind.name} files of collection {collection.pk}",
                f"a canary could not be saved ({type(error).__name__})",
            )
            continue
        yield secret_of_file(kind, instance, report)


def secret_of_file(kind: FileKind, instance: Any, report: ScanReport) -> Secret:
    """Recognise a file by some of its bytes, an image also by those of a small rendition."""
    secret = Secret(instance, label_of(instance), kind="file")
    try:
        with instance.file.open("rb") as opened:
            sample = sample_of_file(opened.read())
    except OSError:
        sample = None
    if sample is None:
        report.add_unscanned(label_of(instance), "its file is missing or too short to be recognised")
    else:
        secret.patterns[sample] = "file"
    return secret


def add_rendition(secret: Secret) -> None:
    """Make a small rendition of a planted image, and recognise it too. Writes a row and a file."""
    rendition = secret.instance.get_rendition(_RENDITION)
    with rendition.file.open("rb") as opened:
        sample = sample_of_file(opened.read())
    if sample:
        secret.patterns[sample] = "rendition"


def _save(kind: FileKind, collection: Collection, name: str, content: bytes) -> Any:
    fields: dict[str, Any] = {"title": "Leak scan", "collection": collection}
    if kind.name == "image":
        fields |= {"width": 48, "height": 48}
    if kind.name == "media":
        fields |= {"type": "audio", "duration": 1}
    instance = kind.model(**fields)
    instance.file = ContentFile(content, name=name)
    instance.file_size = len(content)
    # Without signals: nothing is indexed elsewhere, converted or announced.
    kind.model._base_manager.bulk_create([instance])
    return kind.model._base_manager.get(pk=instance.pk)


def _picture() -> bytes:
    picture = Pillow.frombytes("RGB", (48, 48), secrets.token_bytes(48 * 48 * 3))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def urls_of_file(secret: Secret, report: ScanReport) -> Iterator[tuple[str, str]]:
    """Return channel and address of each way to a file."""
    instance = secret.instance
    for channel, owner in (("file", instance), *_renditions(instance)):
        if getattr(owner, "url", None):
            yield channel, owner.url
        yield from _addresses_of(channel, owner.file, report)
    if hasattr(instance, "get_rendition"):
        yield from _image_view(instance)


def _renditions(instance: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(instance, "renditions"):
        for rendition in instance.renditions.all():
            yield "rendition", rendition


def _addresses_of(channel: str, file: Any, report: ScanReport) -> Iterator[tuple[str, str]]:
    with suppress(NotImplementedError, ValueError):
        yield channel, file.url
    storage = file.storage
    try:
        yield "storage", storage.url(file.name)
    except (NotImplementedError, ValueError):
        return
    if isinstance(storage, FileSystemStorage):
        report.add_unscanned(
            f"web server at {storage.base_url}",
            "a web server may hand out the folder of the storage past Django, which no scan in this"
            " process sees; run wagtail_licensing.storages.look_for_exposures against the running site",
        )


def _image_view(image: Any) -> Iterator[tuple[str, str]]:
    from wagtail.images.utils import generate_signature

    for spec in (_RENDITION, "original"):
        signature = generate_signature(image.pk, spec, key=None)
        try:
            yield "image view", reverse("wagtailimages_serve", args=(signature, image.pk, spec))
        except NoReverseMatch:
            return
