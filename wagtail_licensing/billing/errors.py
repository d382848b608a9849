"""What can go wrong when we speak to Stripe. No message holds a key, a mail address or content."""


class StripeFailure(Exception):  # noqa: N818 - the field's word for it
    """Stripe did not give what was asked for. ``param`` and ``code`` are Stripe's, or empty."""

    kind = "failed"

    def __init__(self, message: str, *, param: str = "", code: str = "") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class Unavailable(StripeFailure):
    """Stripe cannot be reached, is overloaded or broken: the same request may work later."""

    kind = "unavailable"


class Missing(StripeFailure):
    """There is no such object."""

    kind = "missing"


class Refused(StripeFailure):
    """The key is wrong or lacks a right: a matter of configuration, not of this object."""

    kind = "refused"


class BadRequest(StripeFailure):
    """Stripe understood and said no."""

    kind = "bad request"
