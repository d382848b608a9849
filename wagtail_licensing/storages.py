"""Where files that nobody may reach past a gate are kept, and under which names."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.deconstruct import deconstructible
from django.utils.functional import cached_property

from .gates.files.exposure import Exposure, look_for_exposure, look_for_exposures

#: The alias of the private storage in ``STORAGES``.
PRIVATE = "private"


@deconstructible(path="wagtail_licensing.storages.PrivateFileSystemStorage")
class PrivateFileSystemStorage(FileSystemStorage):
    """A folder outside of ``MEDIA_ROOT`` whose files have no address of their own.

    ``location`` is the folder; there is no default. Images, renditions and media files kept here are
    sent by ``wagtail_licensing.urls``, gated or not; documents without a gate by Wagtail.
    """

    def __init__(self, location: str | os.PathLike[str] | None = None, **kwargs: Any) -> None:
        super().__init__(location, **kwargs)
        self._folder = location

    @cached_property
    def base_location(self) -> str:
        """The folder. Raises ``ImproperlyConfigured`` where it is missing, or lies in ``MEDIA_ROOT``."""
        if not self._folder:
            raise ImproperlyConfigured("PrivateFileSystemStorage needs a location.")
        folder = os.fspath(self._folder)
        media = settings.MEDIA_ROOT
        if media and Path(folder).resolve().is_relative_to(Path(media).resolve()):
            raise ImproperlyConfigured("A private storage cannot lie in MEDIA_ROOT.")
        return folder

    def url(self, name: str | None) -> str:
        """Raise ``NotImplementedError``: the storage gives out no addresses."""
        raise NotImplementedError("Files of a private storage have no address of their own.")


def private_storage() -> Storage:
    """Return the storage ``"private"`` of ``STORAGES``: the ``storage`` of a field of your own model."""
    return storages[PRIVATE]


def unguessable_path(instance: Any, filename: str) -> str:
    """Return a path that nobody guesses, with the name kept: the ``upload_to`` of a document's file."""
    return f"{instance._meta.model_name}/{secrets.token_urlsafe(16)}/{os.path.basename(filename)}"


class UnguessableNamesMixin:
    """For models of images and renditions: their files get names that nobody guesses."""

    def get_upload_to(self, filename: str) -> str:
        """Return the path for a new file: Wagtail's, with 128 random bits in its name."""
        folder, name = os.path.split(super().get_upload_to(filename))  # type: ignore[misc]
        return os.path.join(folder, f"{secrets.token_urlsafe(16)}-{name}")


__all__ = [
    "Exposure",
    "PrivateFileSystemStorage",
    "UnguessableNamesMixin",
    "look_for_exposure",
    "look_for_exposures",
    "private_storage",
    "unguessable_path",
]
