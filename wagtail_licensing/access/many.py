"""Many decisions for one person at once: what they hold is read one time, not once per target."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..domain.access import AccessDecision
from .reader import Reader


def check_many(user: Any, targets: Iterable[Any], at: datetime | None = None) -> list[AccessDecision]:
    """Decide whether ``user`` opens each of ``targets`` at ``at``; the answers are in their order.

    For pages, documents, collections, gates and names of areas, as ``check_access`` decides, but
    for reviewers of a workflow, who open single pages only. No query where nothing is gated, one
    where licenses and grants say enough, one more to tell why not; people with editing permissions
    cost what Wagtail asks to know which. None of it depends on the number of pages. Never raises:
    whatever goes wrong is logged and denies.
    """
    reader = Reader(user, at=at, many=True)
    return [reader.check(target) for target in targets]
