"""Parameters of the few operations that the OpenAPI subset leaves out."""

from __future__ import annotations

from typing import Any

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
BOOLEAN = {"type": "boolean"}
METADATA = {
    "anyOf": [
        {"type": "string", "enum": [""]},
        {"type": "object", "additionalProperties": {"type": "string"}},
    ]
}
PAGING: dict[str, Any] = {"limit": INTEGER, "starting_after": STRING, "ending_before": STRING}
CARD = {
    "type": "object",
    "properties": {
        "number": STRING,
        "exp_month": INTEGER,
        "exp_year": INTEGER,
        "cvc": STRING,
        "token": STRING,
    },
}
CARD_ONLY = {"type": "string", "enum": ["card", "sepa_debit"]}

SUPPLEMENT: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/payment_methods"): {"type": CARD_ONLY, "card": CARD, "metadata": METADATA},
    ("GET", "/v1/payment_methods"): {**PAGING, "customer": STRING, "type": CARD_ONLY},
    ("GET", "/v1/customers/{customer}/payment_methods"): {**PAGING, "type": CARD_ONLY},
    ("POST", "/v1/payment_methods/{payment_method}/attach"): {"customer": STRING},
    ("GET", "/v1/invoices/{invoice}/lines"): PAGING,
    ("POST", "/v1/refunds/{refund}"): {"metadata": METADATA},
    ("POST", "/v1/charges/{charge}"): {"metadata": METADATA, "description": STRING},
    ("POST", "/v1/payment_intents/{intent}"): {"metadata": METADATA, "description": STRING},
    ("GET", "/v1/billing_portal/sessions"): PAGING,
}
