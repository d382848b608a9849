"""People who do not exist, to see a site as somebody like them does."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser

from ..domain.access import HolderFacts, LicenseFacts
from ..domain.states import State

#: Held for so long that no rule has to be waited for.
_LONG_AGO = timedelta(days=36_500)


class Persona(AnonymousUser):
    """A visitor, a member, or a holder of products, in the place of a user.

    To all but the access decision a persona is an anonymous user, though signed in if it stands for
    a member: nothing can be stored about it, and it never edits anything.
    """

    is_active = True  # type: ignore[assignment]

    def __init__(
        self, *, signed_in: bool = True, products: Iterable[int] = (), grace: bool = False
    ) -> None:
        super().__init__()
        self.signed_in = signed_in
        self.products = tuple(products)
        self.grace = grace

    @classmethod
    def visitor(cls) -> "Persona":
        """Return a stranger who is not signed in."""
        return cls(signed_in=False)

    @classmethod
    def member(cls) -> "Persona":
        """Return somebody who is signed in and holds nothing."""
        return cls()

    @classmethod
    def holding(cls, products: Iterable[int], *, grace: bool = False) -> "Persona":
        """Return somebody who has long held the products with these ids; ``grace``: whose last
        payment failed and who still has access."""
        return cls(products=products, grace=grace)

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]
        """Tell whether the persona stands for somebody who is signed in."""
        return self.signed_in

    @property
    def is_anonymous(self) -> bool:  # type: ignore[override]
        """Tell whether the persona stands for a stranger."""
        return not self.signed_in

    def __str__(self) -> str:
        return "Persona"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Persona) and self._facts == other._facts

    def __hash__(self) -> int:
        return hash(self._facts)

    @property
    def _facts(self) -> tuple[Any, ...]:
        return self.signed_in, self.products, self.grace

    def holder(self, at: datetime) -> HolderFacts:
        """Return what the persona holds at ``at``. No query."""
        since = at - _LONG_AGO
        licenses = tuple(
            LicenseFacts(
                id=0,
                product_id=product_id,
                state=State.GRACE if self.grace else State.ACTIVE,
                pending_reason="",
                starts_at=since,
                access_until=None,
                held_since=since,
            )
            for product_id in self.products
        )
        return HolderFacts(signed_in=self.signed_in, licenses=licenses)
