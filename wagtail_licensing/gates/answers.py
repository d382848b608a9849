"""The decision with which a page is being served, kept on the request for whatever asks again."""

from typing import Any

from ..domain.access import AccessDecision

_ANSWER = "_licensing_answer"


def keep_decision(page: Any, request: Any, decision: AccessDecision) -> None:
    """Remember that ``page`` is served to ``request`` with ``decision``."""
    setattr(request, _ANSWER, (page.pk, decision))


def known_decision(page: Any, request: Any) -> AccessDecision | None:
    """Return the decision with which ``page`` is being served to ``request``, or None: another page
    is being served, or none at all."""
    page_id, decision = getattr(getattr(request, "_request", request), _ANSWER, (None, None))
    return decision if page.pk is not None and page_id == page.pk else None
