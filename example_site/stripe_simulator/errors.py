"""Stripe's errors: the HTTP status and the JSON body that the SDK maps to its exceptions."""

from __future__ import annotations

from typing import Any

LABELS = {
    "checkout.session": "checkout.session",
    "billing_portal.configuration": "configuration",
    "billing_portal.session": "billing portal session",
    "test_helpers.test_clock": "test clock",
    "payment_method": "PaymentMethod",
    "promotion_code": "promotion code",
    "subscription_item": "subscription item",
    "webhook_endpoint": "webhook endpoint",
    "invoice_payment": "invoice payment",
    "entitlements.feature": "feature",
    "entitlements.active_entitlement": "active entitlement",
}


class StripeError(Exception):
    """An answer that is not 200. `extra` joins the error object (`decline_code`, ...)."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type_: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type_
        self.code = code
        self.param = param
        self.extra = extra or {}

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"type": self.type, "message": str(self)}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + self.code.replace("_", "-")
        if self.param:
            error["param"] = self.param
        return {"error": {**error, **self.extra}}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    return StripeError(message, param=param, code=code)


def no_such(kind: str, id_: str, *, param: str = "id") -> StripeError:
    """404 when the object is named in the URL (*param* `id`), else 400, as Stripe does."""
    label = LABELS.get(kind, kind)
    return StripeError(
        f"No such {label}: '{id_}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def unauthorized(message: str) -> StripeError:
    return StripeError(message, status=401)


def unknown_url(method: str, path: str) -> StripeError:
    return StripeError(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs.",
        status=404,
    )


def declined(*, payment_intent: dict[str, Any] | None = None) -> StripeError:
    extra: dict[str, Any] = {"decline_code": "generic_decline"}
    if payment_intent:
        extra["payment_intent"] = payment_intent
        extra["charge"] = payment_intent.get("latest_charge")
    return StripeError(
        "Your card was declined.",
        status=402,
        type_="card_error",
        code="card_declined",
        extra={key: value for key, value in extra.items() if value is not None},
    )
