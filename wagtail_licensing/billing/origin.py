"""Where facts come from."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..domain.states import Cause
from ..licenses import ChangedBy


@dataclass(frozen=True, slots=True)
class Origin:
    """Where facts come from: the account, the mode, the event that made us look, and the instant.

    ``is_import``: they are history that is being brought in, and news to nobody.
    """

    account: str
    livemode: bool
    event_id: str
    at: datetime
    is_import: bool = False

    @property
    def by(self) -> ChangedBy:
        """Return who changes licenses on behalf of these facts."""
        cause = Cause.IMPORT if self.is_import else Cause.STRIPE
        return ChangedBy(cause=cause, stripe_event_id=self.event_id)

    def because(self, reason: str) -> ChangedBy:
        """Return who changes licenses, with the reason that the history shows."""
        return replace(self.by, reason=reason)
