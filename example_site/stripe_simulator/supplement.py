"""Parameters of the few operations that the OpenAPI subset leaves out."""

from __future__ import annotations

from typing import Any

from .reference import openapi


def param_of(path: str, name: str) -> dict[str, Any]:
    """The schema of a form parameter that another operation describes."""
    content = openapi()["paths"][path]["post"]["requestBody"]["content"]
    schema: dict[str, Any] = content["application/x-www-form-urlencoded"]["schema"]["properties"][name]
    return schema


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

CLEARABLE = {"anyOf": [{"type": "string", "enum": [""]}, STRING]}
EVIDENCE = sorted(
    set(openapi()["components"]["schemas"]["dispute"]["properties"]["evidence"]["properties"])
    - {"appeal", "enhanced_evidence"}
)

TIMES = {
    "anyOf": [
        INTEGER,
        {"type": "object", "properties": dict.fromkeys(("gt", "gte", "lt", "lte"), INTEGER)},
    ]
}
PERIOD = {
    "type": "object",
    "properties": {"start": INTEGER, "end": INTEGER},
    "required": ["start", "end"],
}
INVOICE_ITEM: dict[str, Any] = {
    "amount": INTEGER,
    "description": STRING,
    "discountable": BOOLEAN,
    "metadata": METADATA,
    "period": PERIOD,
    "price_data": {
        "type": "object",
        "properties": {
            "currency": STRING,
            "product": STRING,
            "tax_behavior": STRING,
            "unit_amount": INTEGER,
            "unit_amount_decimal": {"type": "string", "format": "decimal"},
        },
        "required": ["currency", "product"],
    },
    "pricing": {"type": "object", "properties": {"price": STRING}},
    "quantity": INTEGER,
}

TAX_ID = param_of("/v1/customers", "tax_id_data")["items"]
SPAN = {
    "type": "object",
    "properties": {
        "interval": {"type": "string", "enum": ["day", "month", "week", "year"]},
        "interval_count": INTEGER,
    },
    "required": ["interval"],
}
PRORATION = {"type": "string", "enum": ["always_invoice", "create_prorations", "none"]}
NOW = {"anyOf": [{"type": "string", "enum": ["now"]}, INTEGER]}
PHASE: dict[str, Any] = {
    "add_invoice_items": param_of("/v1/subscriptions", "add_invoice_items"),
    "automatic_tax": param_of("/v1/subscriptions", "automatic_tax"),
    "billing_cycle_anchor": {"type": "string", "enum": ["automatic", "phase_start"]},
    "collection_method": param_of("/v1/subscriptions", "collection_method"),
    "currency": STRING,
    "default_payment_method": STRING,
    "description": CLEARABLE,
    "discounts": param_of("/v1/subscriptions", "discounts"),
    "duration": SPAN,
    "end_date": NOW,
    "items": param_of("/v1/subscriptions", "items"),
    "metadata": METADATA,
    "proration_behavior": PRORATION,
    "start_date": NOW,
    "trial": BOOLEAN,
    "trial_end": NOW,
}
SCHEDULE: dict[str, Any] = {
    "default_settings": {
        "type": "object",
        "properties": {
            "billing_cycle_anchor": PHASE["billing_cycle_anchor"],
            "collection_method": PHASE["collection_method"],
            "default_payment_method": STRING,
            "description": CLEARABLE,
            "invoice_settings": {"type": "object", "properties": {"days_until_due": INTEGER}},
        },
    },
    "end_behavior": {"type": "string", "enum": ["cancel", "none", "release", "renew"]},
    "metadata": METADATA,
    "phases": {"type": "array", "items": {"type": "object", "properties": PHASE}},
}

SEARCH: dict[str, Any] = {"limit": INTEGER, "page": STRING, "query": STRING}
ACCOUNT: dict[str, Any] = {
    "business_profile": {"type": "object", "properties": {"name": STRING, "url": STRING}},
    "business_type": STRING,
    "email": STRING,
    "metadata": METADATA,
}

SUPPLEMENT: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/invoices/create_preview"): {
        "customer": STRING,
        "subscription": STRING,
        "subscription_details": {
            "type": "object",
            "properties": {
                "items": param_of("/v1/subscriptions/{subscription_exposed_id}", "items"),
                "proration_behavior": {
                    "type": "string",
                    "enum": ["always_invoice", "create_prorations", "none"],
                },
                "proration_date": INTEGER,
            },
        },
    },
    ("POST", "/v1/accounts"): {**ACCOUNT, "country": STRING, "type": STRING},
    ("POST", "/v1/accounts/{account}"): ACCOUNT,
    ("GET", "/v1/accounts"): {**PAGING, "created": TIMES},
    ("POST", "/v1/payment_methods"): {
        "type": CARD_ONLY,
        "billing_details": {
            "type": "object",
            "properties": dict.fromkeys(("email", "name", "phone"), STRING),
        },
        "card": CARD,
        "sepa_debit": {"type": "object", "properties": {"iban": STRING}, "required": ["iban"]},
        "metadata": METADATA,
    },
    ("POST", "/v1/customers/{customer}/tax_ids"): TAX_ID["properties"],
    ("GET", "/v1/customers/{customer}/tax_ids"): PAGING,
    ("GET", "/v1/payment_methods"): {**PAGING, "customer": STRING, "type": CARD_ONLY},
    ("GET", "/v1/customers/{customer}/payment_methods"): {**PAGING, "type": CARD_ONLY},
    ("POST", "/v1/payment_methods/{payment_method}/attach"): {"customer": STRING},
    ("GET", "/v1/invoices/{invoice}/lines"): PAGING,
    ("POST", "/v1/refunds/{refund}"): {"metadata": METADATA},
    ("POST", "/v1/refunds/{refund}/cancel"): {},
    ("GET", "/v1/charges/{charge}/refunds"): PAGING,
    ("GET", "/v1/charges/{charge}/refunds/{refund}"): {},
    ("POST", "/v1/disputes/{dispute}"): {
        "evidence": {"type": "object", "properties": dict.fromkeys(EVIDENCE, CLEARABLE)},
        "metadata": METADATA,
        "submit": BOOLEAN,
    },
    ("POST", "/v1/disputes/{dispute}/close"): {},
    ("POST", "/v1/charges/{charge}"): {"metadata": METADATA, "description": STRING},
    ("POST", "/v1/payment_intents/{intent}"): {"metadata": METADATA, "description": STRING},
    ("GET", "/v1/billing_portal/sessions"): PAGING,
    ("GET", "/v1/customers/search"): SEARCH,
    ("GET", "/v1/invoices/search"): SEARCH,
    ("GET", "/v1/charges/search"): SEARCH,
    ("GET", "/v1/payment_intents/search"): SEARCH,
    ("POST", "/v1/subscription_schedules"): {
        **SCHEDULE,
        "billing_mode": param_of("/v1/subscriptions", "billing_mode"),
        "customer": STRING,
        "from_subscription": STRING,
        "start_date": NOW,
    },
    ("POST", "/v1/subscription_schedules/{schedule}"): {
        **SCHEDULE,
        "proration_behavior": PRORATION,
    },
    ("POST", "/v1/invoiceitems"): {
        **INVOICE_ITEM,
        "currency": STRING,
        "customer": STRING,
        "invoice": STRING,
        "subscription": STRING,
    },
    ("POST", "/v1/invoiceitems/{invoiceitem}"): INVOICE_ITEM,
    ("GET", "/v1/invoiceitems"): {
        **PAGING,
        "created": TIMES,
        "customer": STRING,
        "invoice": STRING,
        "pending": BOOLEAN,
    },
}
