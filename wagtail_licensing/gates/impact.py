"""What a change of gates would do, before it is done: who loses something, who gains it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from ..access.before import gates_before
from ..models import Gate, LicenseProduct
from ..models.gates import GateAudience, WithoutAccess
from .followers import Followers, followers_of_gates, followers_of_page
from .passing import Before, count_difference, is_public
from .write import AS_IS, AsIs, remove_page_gate, set_page_gate


@dataclass(frozen=True, slots=True)
class Impact:
    """What would happen at once.

    ``lose`` and ``gain``: how many people could not open something any more, or could newly open it,
    by a license, a seat, what was given by hand, or being signed in; what is public counts for nobody,
    and what editors may open because they edit it is not counted. ``below``: how many pages beside the
    first follow the rule. ``public``: how many pages become public, ``public_others``: how many files,
    other objects and areas do. ``drops_kept``: people whose license has ended lose what they kept of
    it, as many as there are.
    """

    lose: int = 0
    gain: int = 0
    below: int = 0
    public: int = 0
    public_others: int = 0
    drops_kept: bool = False

    @property
    def is_harmful(self) -> bool:
        """Tell whether somebody loses something, or something is given away: worth a second look."""
        return bool(self.lose or self.public or self.public_others or self.drops_kept)


class _TakenBackError(Exception):
    """Rolls a trial back."""


def impact_of(
    *,
    page: Any,
    audience: str | None,
    at: datetime,
    products: Iterable[LicenseProduct] = (),
    without_access: str = WithoutAccess.TEASER,
    after_days: int | None = None,
    keeps: bool | None = None,
    free_until: datetime | None | AsIs = AS_IS,
    free_from: datetime | None | AsIs = AS_IS,
    free_reads: int | None = None,
) -> Impact:
    """Return what setting this gate on ``page`` would do at the instant ``at``.

    ``audience`` None is for taking the page's own gate away; the rest is as for ``set_page_gate``.
    See :func:`impact_on_page`. Raises ``GateError``.
    """

    def change() -> None:
        if audience is None:
            remove_page_gate(page=page, by=None)
            return
        set_page_gate(
            page=page,
            audience=audience,
            by=None,
            products=products,
            without_access=without_access,
            after_days=after_days,
            keeps=keeps,
            free_until=free_until,
            free_from=free_from,
            free_reads=free_reads,
        )

    return impact_on_page(page, change, at=at)


def impact_on_page(page: Any, change: Callable[[], Any], *, at: datetime) -> Impact:
    """Return what ``change()``, which sets the rule of ``page``, would do at the instant ``at``.

    See :func:`impact_on_pages`.
    """
    return impact_on_pages([page], change, at=at)


def impact_on_pages(pages: Sequence[Any], change: Callable[[], Any], *, at: datetime) -> Impact:
    """Return what ``change()``, which sets the rules of ``pages``, would do at the instant ``at``.

    Worked out by doing it and taking it back, so that it is what the access decision will say:
    nothing is left behind, and nobody is told. Pages of one type under the page count as its first
    page of that type does. The number of queries grows with the number of ``pages``, and of page types
    under them and products, never with pages below, people or gates. Raises what ``change`` raises.
    """
    followers = [found for page in pages for found in followers_of_page(page)]
    samples = [found.sample for found in followers]
    before = gates_before(samples)
    after: list[Before] = []
    try:
        with transaction.atomic():
            change()
            after = gates_before(samples)
            raise _TakenBackError
    except _TakenBackError:
        pass
    return _told(followers, before, after, at)


def impact_on_gates(
    change: Callable[[], Iterable[int]], *, gates: Sequence[Gate], at: datetime
) -> Impact:
    """Return what ``change()``, which alters ``gates`` or makes new ones, would do at ``at``.

    ``change`` returns the ids of the gates that it has touched or made; it is done and taken back.
    Everything of one kind behind a gate counts as the first of it does. The number of queries grows
    with the number of gates touched and of page types behind them. Raises what ``change`` raises.
    """
    followers = followers_of_gates(gates)
    before = gates_before([found.sample for found in followers])
    new: list[Followers] = []
    after: list[Before] = []
    try:
        with transaction.atomic():
            made = set(change()) - {gate.pk for gate in gates}
            new = followers_of_gates(Gate.objects.filter(pk__in=made).order_by("pk"))
            after = gates_before([found.sample for found in [*followers, *new]])
            raise _TakenBackError
    except _TakenBackError:
        pass
    if new:
        before = [*before, *gates_before([found.sample for found in new])]
    return _told([*followers, *new], before, after, at)


def _told(followers: list[Followers], before: list[Before], after: list[Before], at: datetime) -> Impact:
    moved = list(zip(before, after, strict=True))
    opened = [
        found
        for found, (was, becomes) in zip(followers, moved, strict=True)
        if is_public(becomes, at) and not is_public(was, at)
    ]
    return Impact(
        lose=count_difference(((was, becomes) for was, becomes in moved), at),
        gain=count_difference(((becomes, was) for was, becomes in moved), at),
        below=max(sum(found.count for found in followers if found.are_pages) - 1, 0),
        public=sum(found.count for found in opened if found.are_pages),
        public_others=sum(found.count for found in opened if not found.are_pages),
        drops_kept=any(
            _kept(was) - _kept(becomes) and not is_public(becomes, at) for was, becomes in moved
        ),
    )


def _kept(before: Before) -> set[int]:
    return {
        rule.product_id
        for found in before
        if found.gate.audience == GateAudience.LICENSED
        for rule in found.gate.rules.all()
        if rule.keeps
    }
