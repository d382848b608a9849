"""Why something was not done. Messages are for people and hold no personal data."""


class TeamError(ValueError):
    """A change of a team that may not be made."""


class NotYours(TeamError):  # noqa: N818 - says what is wrong
    """Somebody may not do this: to them it is not there."""


class OfferClosed(TeamError):  # noqa: N818 - says what is wrong
    """An offer was used, taken back, or is too old."""


class WrongAddress(TeamError):  # noqa: N818 - says what is wrong
    """An offer was made to an address that is not this person's."""
