"""The kinds of files that Wagtail knows, where they lie, and what of the site they belong to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import FileField
from wagtail.documents import get_document_model
from wagtail.documents.models import AbstractDocument
from wagtail.images import get_image_model
from wagtail.images.models import AbstractImage, AbstractRendition


@dataclass(frozen=True, slots=True)
class FileKind:
    """Files of one kind: the ``fields`` of a ``model`` that hold them. ``name`` is part of addresses."""

    name: str
    model: type[Any]
    fields: tuple[str, ...]

    def field(self, name: str) -> FileField:
        """Return the field called ``name``."""
        field: FileField = self.model._meta.get_field(name)
        return field


def file_kinds() -> Iterator[FileKind]:
    """Return the kinds of files of this site; media only where wagtailmedia is installed."""
    images = get_image_model()
    yield FileKind("document", get_document_model(), ("file",))
    yield FileKind("image", images, ("file",))
    yield FileKind("rendition", images.get_rendition_model(), ("file",))
    media = media_model()
    if media is not None:
        yield FileKind("media", media, ("file", "thumbnail"))


def media_model() -> type[Any] | None:
    """Return the model of wagtailmedia's files, or None where it is not installed."""
    if not apps.is_installed("wagtailmedia"):
        return None
    from wagtailmedia.models import get_media_model

    model: type[Any] = get_media_model()
    return model


def kind_of(instance: Any, field: str) -> str | None:
    """Return the kind of the file in ``field`` of ``instance``, or None for any other file."""
    if field == "file":
        for base, kind in _BASES:
            if isinstance(instance, base):
                return kind
    if field in ("file", "thumbnail") and _is_media(type(instance)):
        return "media"
    return None


_BASES = (
    (AbstractDocument, "document"),
    (AbstractImage, "image"),
    (AbstractRendition, "rendition"),
)


def _is_media(model: type[Any]) -> bool:
    if not apps.is_installed("wagtailmedia"):
        return False
    from wagtailmedia.models import AbstractMedia

    return issubclass(model, AbstractMedia)


def owner_of(instance: Any) -> Any:
    """Return what a gate stands before: the image of a rendition, else ``instance`` itself."""
    return instance.image if isinstance(instance, AbstractRendition) else instance
