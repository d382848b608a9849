"""Files as a person sees them: open or closed and why, their version, what is left of a month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps

from ..access import check_many
from ..compat import page_model
from ..domain.access import AccessDecision
from ..gates.files.counting import Left, left_of
from ..models import AbstractFileVersion


@dataclass(frozen=True, slots=True)
class FileRow:
    """A document for one person. ``version`` and ``page`` are those of a file in versions, or None."""

    document: Any
    decision: AccessDecision
    left: Left | None = None
    version: Any = None
    page: Any = None

    @property
    def is_open(self) -> bool:
        """Tell whether it can be downloaded now."""
        return self.decision.allowed and not self.is_used_up

    @property
    def is_used_up(self) -> bool:
        """Tell whether the files of this month are used up; one begun a short while ago still comes."""
        return self.left is not None and not self.left.allowance.left


def file_rows(
    documents: Sequence[Any], *, user: Any, at: datetime, versions: dict[int, Any] | None = None
) -> list[FileRow]:
    """Return ``documents`` as ``user`` sees them at ``at``, in their order.

    ``versions``: the version of each document by its id, if they are known. Queries: what many
    decisions cost, two for each gate with limits, and two for each model of versions.
    """
    decisions = dict(zip([each.pk for each in documents], check_many(user, documents, at), strict=True))
    left = left_of(user, decisions, at)
    found = versions_of(documents) if versions is None else versions
    pages = _pages_of(found.values()) if versions is None else {}
    return [
        FileRow(
            document=document,
            decision=decisions[document.pk],
            left=left.get(document.pk),
            version=found.get(document.pk),
            page=pages.get(getattr(found.get(document.pk), "page_id", None)),
        )
        for document in documents
    ]


def versions_of(documents: Iterable[Any]) -> dict[int, Any]:
    """Return the versions whose files are ``documents``, by document id. One query a model."""
    ids = [document.pk for document in documents]
    found: dict[int, Any] = {}
    for model in apps.get_models():
        if issubclass(model, AbstractFileVersion) and ids:
            rows = model._default_manager.filter(document_id__in=ids)
            found |= {row.document_id: row for row in rows}
    return found


def _pages_of(versions: Iterable[Any]) -> dict[Any, Any]:
    """Return the live pages of ``versions`` by id. One query."""
    ids = {version.page_id for version in versions if hasattr(version, "page_id")}
    return page_model().objects.live().public().in_bulk(ids) if ids else {}
