"""Many decisions for one person at once: what they hold is read one time, not once per target."""

import logging
import traceback
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from ..compat import page_model, permission_policy
from ..conf import now
from ..domain.access import (
    FAILED,
    NO_GATE,
    AccessDecision,
    AccessReason,
    GateFacts,
    HolderFacts,
    decide,
)
from .editors import may_edit
from .freshness import Loaded, current, reloaded
from .holder import Holdings, load_holdings, with_every_license
from .index import GateIds
from .targets import gates_of

logger = logging.getLogger("wagtail_licensing.access")


def check_many(user: Any, targets: Iterable[Any], at: datetime | None = None) -> list[AccessDecision]:
    """Decide whether ``user`` opens each of ``targets`` at ``at``; the answers are in their order.

    For pages, documents, collections, gates and names of areas, as ``check_access`` decides, but
    for reviewers of a workflow, who open single pages only. No query where nothing is gated, one
    where licenses and grants say enough, one more to tell why not; people with editing permissions
    cost what Wagtail asks to know which. None of it depends on the number of pages. Never raises:
    whatever goes wrong is logged and denies every target.
    """
    targets = list(targets)
    try:
        return _decide_all(user, targets, at or now())
    except Exception as error:  # noqa: BLE001 - any error denies
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Access decisions failed and deny: %s\n%s", type(error).__name__, frames)
        return [FAILED] * len(targets)


def _decide_all(user: Any, targets: Sequence[Any], at: datetime) -> list[AccessDecision]:
    loaded, ids = _look_up(targets, current())
    person = _Person(user, at)
    if person.is_member and any(ids) and person.holdings.version != loaded.version:
        # The gates have changed since the index was read.
        loaded, ids = _look_up(targets, reloaded())
    facts = loaded.index.facts
    return [
        person.decide([facts[gate_id] for gate_id in gate_ids], target)
        for target, gate_ids in zip(targets, ids, strict=True)
    ]


def _look_up(targets: Sequence[Any], loaded: Loaded) -> tuple[Loaded, list[GateIds]]:
    try:
        return loaded, [gates_of(loaded.index, target) for target in targets]
    except LookupError:
        loaded = reloaded()
        return loaded, [gates_of(loaded.index, target) for target in targets]


class _Person:
    """Somebody before many gates. What they hold is read when it is first needed."""

    def __init__(self, user: Any, at: datetime) -> None:
        self.user = user
        self.at = at

    @cached_property
    def is_signed_in(self) -> bool:
        return self.user is not None and bool(self.user.is_authenticated)

    @cached_property
    def is_member(self) -> bool:
        return self.is_signed_in and bool(self.user.is_active)

    @cached_property
    def holdings(self) -> Holdings:
        return load_holdings(self.user, at=self.at, ask_edits=True)

    @cached_property
    def with_every_license(self) -> HolderFacts:
        return with_every_license(self.holdings.holder, self.user)

    def decide(self, gates: Sequence[GateFacts], target: Any) -> AccessDecision:
        if not gates:
            return NO_GATE
        if not self.is_member:
            active = not self.is_signed_in
            return decide(gates, HolderFacts(signed_in=self.is_signed_in, active=active), self.at)
        decision = decide(gates, self.holdings.holder, self.at)
        if decision.allowed:
            return decision
        if self._may_edit(target):
            return AccessDecision(
                allowed=True,
                reason=AccessReason.EDITOR,
                gate_id=decision.gate_id,
                gate_ids=decision.gate_ids,
                opened_by=decision.opened_by,
            )
        if decision.reason is AccessReason.NOT_YET:
            return decision
        return decide(gates, self.with_every_license, self.at)

    def _may_edit(self, target: Any) -> bool:
        if self.user.is_superuser:
            return True
        if not self.holdings.edits:
            return False
        if isinstance(target, page_model()):
            # The permissions are kept on the user; nothing is asked for a single page.
            policy = permission_policy(type(target))
            actions = {"change", "publish"}
            return bool(policy.user_has_any_permission_for_instance(self.user, actions, target))
        return may_edit(self.user, target)
