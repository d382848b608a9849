"""The floor under hidden gates: restrictions of Wagtail's own that we keep true.

A gate that hides its page has a page view restriction on it, for a group that nobody is in, so that
code which asks only Wagtail (``.public()``), and a site on which this package is switched off, find
the page private. Whoever passes the gate passes the restriction: we answer for it.
"""

import threading
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from wagtail.models import PageViewRestriction

from ..access.decision import check_access, floor_of, hidden_aliases
from ..access.floor import ignores_floor
from ..access.freshness import forget
from ..compat import page_model
from ..conf import conf
from ..models import FloorRestriction, Gate, GateStamp
from ..models.gates import GateAudience, GateKind, WithoutAccess
from .wrapping import wrap

#: Nobody is in this group; a restriction for it lets nobody in.
GROUP_NAME = "Licensing: nobody (leave empty)"

#: Wagtail asks about each restriction in every list, so that more of them would slow down a site.
MOST_GATES = 200

#: Set on a request while Wagtail looks at the restrictions of a page that has passed our gate.
_PASSED = "_licensing_floor_passed"


class _Here(threading.local):
    """What this thread is doing."""

    def __init__(self) -> None:
        self.syncing = False


_here = _Here()


def sync_floor() -> None:
    """Make the restrictions of hidden gates true. Three queries while no gate hides its page, a few
    more otherwise, whatever their number; called with every change of the gates."""
    if _here.syncing:
        return
    _here.syncing = True
    try:
        with transaction.atomic():
            _sync(_wanted() if conf.floor else {})
    finally:
        _here.syncing = False
    # What was read of the gates on the way knows nothing of the restrictions that came after.
    forget()


def hidden_gates() -> Any:
    """Return the page gates that hide what stands behind them, oldest first."""
    gates = Gate.objects.filter(kind=GateKind.PAGE, without_access=WithoutAccess.NOT_FOUND)
    return gates.exclude(audience=GateAudience.EVERYONE).order_by("pk")


def _wanted() -> dict[Any, int]:
    """Return the pages that need a restriction, each with the id of its gate."""
    rows = list(hidden_gates().values_list("pk", "page_id", "page__translation_key")[:MOST_GATES])
    if not rows:
        return {}
    wanted = {page_id: pk for pk, page_id, _ in rows}
    by_key = {key: pk for pk, _, key in rows}
    pages = page_model()._base_manager
    translations = pages.filter(translation_key__in=list(by_key), licensing_gates__isnull=True)
    for page_id, key in translations.values_list("pk", "translation_key"):
        wanted.setdefault(page_id, by_key[key])
    if pages.filter(alias_of__isnull=False).exists():
        counted = {pk for pk, _, _ in rows}
        found = {path: pk for path, pk in hidden_aliases().items() if pk in counted}
        for page_id, path in pages.filter(path__in=list(found)).values_list("pk", "path"):
            wanted.setdefault(page_id, found[path])
    return wanted


def _sync(wanted: dict[Any, int]) -> None:
    present = FloorRestriction.objects.select_related("restriction")
    kept: dict[Any, FloorRestriction] = {}
    for row in present.prefetch_related("restriction__groups") if wanted else present:
        if wanted.get(row.restriction.page_id) == row.gate_id and _is_true(row.restriction):
            kept[row.restriction.page_id] = row
        else:
            PageViewRestriction.objects.filter(pk=row.restriction_id).delete()
    # Copies of a restriction that Wagtail made, and what is left of gates that have gone.
    stray = PageViewRestriction.objects.filter(licensing_floor__isnull=True, groups__name=GROUP_NAME)
    PageViewRestriction.objects.filter(pk__in=list(stray.values_list("pk", flat=True))).delete()
    for page_id, gate_id in wanted.items():
        if page_id not in kept:
            _restrict(page_id, gate_id)


def _is_true(restriction: PageViewRestriction) -> bool:
    names = [group.name for group in restriction.groups.all()]
    return restriction.restriction_type == PageViewRestriction.GROUPS and names == [GROUP_NAME]


def _restrict(page_id: Any, gate_id: int) -> None:
    group, _ = Group.objects.get_or_create(name=GROUP_NAME)
    restriction = PageViewRestriction(page_id=page_id, restriction_type=PageViewRestriction.GROUPS)
    # Past its own save(), which would write into the page's history what no person did.
    restriction.save_base()
    restriction.groups.set([group])
    FloorRestriction.objects.create(gate_id=gate_id, restriction=restriction)


def restriction_goes(*, instance: Any, **kwargs: Any) -> None:
    """Remember whether a restriction that is about to be deleted is one of ours."""
    if not _here.syncing:
        instance._licensing_floor = FloorRestriction.objects.filter(restriction=instance).exists()


def restriction_went(*, instance: Any, **kwargs: Any) -> None:
    """Put back a restriction of ours that somebody has deleted, in the privacy dialog for example."""
    if getattr(instance, "_licensing_floor", False):
        GateStamp.raise_version()


def restriction_was_saved(*, instance: Any, created: bool = False, **kwargs: Any) -> None:
    """Correct a restriction of ours that somebody has changed."""
    if created or _here.syncing:
        return
    if FloorRestriction.objects.filter(restriction=instance).exists():
        GateStamp.raise_version()


def groups_changed(*, instance: Any, action: str, reverse: bool = False, **kwargs: Any) -> None:
    """Correct the groups of a restriction of ours, and remove what Wagtail copied from one."""
    if _here.syncing or reverse or not action.startswith("post_"):
        return
    ours = Q(licensing_floor__isnull=False) | Q(groups__name=GROUP_NAME)
    if PageViewRestriction.objects.filter(ours, pk=instance.pk).exists():
        GateStamp.raise_version()


def close_floor() -> None:
    """Answer for our restrictions where Wagtail asks them; called once, when we are ready."""
    from wagtail.query import PageQuerySet

    wrap(PageViewRestriction, "accept_request", _accepted)
    wrap(PageQuerySet, "private_q", _without_floor)


def _accepted(accept: Callable[..., bool]) -> Callable[..., bool]:
    def accept_request(self: Any, request: Any) -> bool:
        if floor_of(self.pk) is None:
            return accept(self, request)
        # Of a list that our own condition narrows, each restriction would be a question more.
        if ignores_floor() or getattr(request, _PASSED, False):
            return True
        return check_access(getattr(request, "user", None), self.page).allowed

    return accept_request


def _without_floor(private_q: Callable[..., Q]) -> Callable[..., Q]:
    def private(self: Any) -> Q:
        if not ignores_floor():
            return private_q(self)
        q = Q()
        theirs = PageViewRestriction.objects.filter(licensing_floor__isnull=True)
        for restriction in theirs.select_related("page"):
            q |= self.descendant_of_q(restriction.page, inclusive=True)
        return q if q else Q(pk__in=[])

    return private


def pass_floor(request: Any) -> None:
    """Let Wagtail's next look at the restrictions of a page accept ours: our gate has let it pass."""
    setattr(request, _PASSED, True)


def floor_is_passed(request: Any) -> None:
    """End what :func:`pass_floor` began."""
    if getattr(request, _PASSED, False):
        setattr(request, _PASSED, False)
