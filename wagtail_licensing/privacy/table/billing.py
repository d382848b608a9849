"""The mirror of Stripe, the inbox, what people set out to buy, and the figures of the site."""

from ..classes import BY_STRIPE_ID, kept, nobodys

_NUMBER = "a number of ours, which means nothing elsewhere"
_WHERE = "which account of the site at Stripe, and when it was read"
_BOOKS = "invoices have to be kept for years by law, and are found at Stripe by these"
_INBOX = "so that an event that arrives again is known"
_SECRET = "the address of a page at Stripe that works for whoever has it"  # noqa: S105

ROWS = (
    kept(
        "BillingCustomer",
        person="user",
        exported="stripe_id user guest_email is_deleted",
        withheld={
            _NUMBER: "id guest_intent",
            _WHERE: "account livemode synced_at invoices_read_at",
            "empty for a person": "organization",
        },
        erased="guest_email",
        pseudonymised="user",
        kept={
            _BOOKS: (
                "id account livemode stripe_id synced_at organization guest_intent is_deleted "
                "invoices_read_at"
            )
        },
    ),
    kept(
        "BillingSubscription",
        person="customer__user",
        exported=(
            "stripe_id status cancel_at_period_end cancel_at canceled_at ended_at trial_end "
            "past_due_since paused_collection is_gone currency monthly_amount discount_until "
            "undiscounted_amount"
        ),
        withheld={
            _NUMBER: "id customer metadata",
            _WHERE: "account livemode synced_at collection_method",
        },
        erased="metadata",
        kept={
            _BOOKS: (
                "id account livemode stripe_id synced_at customer status collection_method "
                "cancel_at_period_end cancel_at canceled_at ended_at trial_end past_due_since "
                "paused_collection is_gone currency monthly_amount discount_until undiscounted_amount"
            )
        },
    ),
    kept(
        "RevenueChange",
        person="subscription__customer__user",
        exported="subscription kind at currency before after",
        withheld={
            _NUMBER: "id",
            _WHERE: "account livemode recorded_at",
            "an id at Stripe that only the site can look up": "stripe_event_id",
        },
        kept={
            _BOOKS: (
                "id subscription account livemode kind at recorded_at currency before after "
                "stripe_event_id"
            )
        },
    ),
    nobodys(
        "DailyFigure",
        "id day account livemode name currency value computed_at",
        why="a sum over everybody",
    ),
    kept(
        "BillingItem",
        person="subscription__customer__user",
        exported="stripe_id price quantity period_start period_end is_removed license",
        withheld={
            _NUMBER: "id subscription stripe_price_id",
            _WHERE: "account livemode synced_at",
        },
        kept={
            _BOOKS: (
                "id account livemode stripe_id synced_at subscription stripe_price_id price quantity "
                "period_start period_end is_removed license"
            )
        },
    ),
    kept(
        "BillingPayment",
        person="customer__user",
        exported=(
            "stripe_id price quantity status amount amount_refunded currency paid_at "
            "dispute_statuses license stripe_subscription_id stripe_invoice_id"
        ),
        withheld={
            _NUMBER: "id customer checkout_session_id is_first terms",
            _WHERE: "account livemode synced_at",
        },
        kept={
            _BOOKS: (
                "id account livemode stripe_id synced_at customer checkout_session_id price quantity "
                "status amount amount_refunded currency paid_at dispute_statuses is_first terms "
                "stripe_subscription_id stripe_invoice_id license"
            )
        },
    ),
    kept(
        "BillingInvoice",
        person="customer__user",
        exported="stripe_id number status plan total remaining currency issued_at",
        withheld={
            _NUMBER: "id customer attempted",
            _WHERE: "account livemode synced_at",
            _SECRET: "hosted_url pdf_url",
        },
        erased="hosted_url pdf_url",
        kept={
            _BOOKS: (
                "id account livemode stripe_id synced_at customer number status attempted plan total "
                "remaining currency issued_at"
            )
        },
    ),
    kept(
        "CheckoutIntent",
        person="user",
        exported=(
            "user organization price quantity trial_days return_path language state payment_status "
            "created_at expires_at completed_at"
        ),
        withheld={
            _NUMBER: "id nonce stripe_session_id",
            _WHERE: "account livemode",
            _SECRET: "session_url",
        },
        erased="return_path language session_url",
        pseudonymised="user",
        kept={
            _BOOKS: (
                "id nonce organization price quantity trial_days account livemode stripe_session_id "
                "state payment_status created_at expires_at completed_at"
            )
        },
    ),
    kept(
        "StripeEvent",
        person=BY_STRIPE_ID,
        exported="event_id type created received_at object_kind object_id payload status",
        withheld={
            _NUMBER: "id",
            _WHERE: "account livemode",
            "how it was worked off": "is_purged applied_at",
        },
        erased="payload",
        kept={
            _INBOX: (
                "id account livemode event_id type created received_at object_kind object_id is_purged "
                "status applied_at"
            )
        },
    ),
)
