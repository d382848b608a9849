"""What the site sells and locks, and how the line to Stripe is: nothing about members."""

from ..classes import deleted, nobodys

_SITE = "what the site offers, written by its owner; it says nothing of a member"
_LINE = "how far the comparison with Stripe has come; it says nothing of a member"
_COURSE = "what a course asks"
_LOCK = "a lock on content; it says nothing of a member"
_GROUP = "given to a whole group, which stays"

_POLICY = (
    "grace_days past_due unpaid full_refund open_dispute honours_paid_term trial_rule "
    "seat_choice_days term_days term_months term_start term_starts_on"
)

ROWS = (
    nobodys(
        "LicenseProduct",
        f"id {_POLICY} name slug summary terms kind issue_mode seats per_seat reminder_days "
        "is_giftable "
        "is_archived sort_order created_at updated_at",
        why=_SITE,
    ),
    nobodys("ProductPolicy", f"id {_POLICY} product version created_at", why=_SITE),
    nobodys(
        "ProductPrice",
        "id product account livemode stripe_price_id currency unit_amount interval interval_count "
        "trial_days is_archived sort_order",
        why=_SITE,
    ),
    nobodys("GateStamp", "id version", why=_LOCK),
    nobodys(
        "Gate",
        "id kind page page_type collection document object_type object_id area audience "
        "without_access free_until free_from free_reads created_at updated_at",
        why=_LOCK,
    ),
    nobodys("Quiz", "id lesson pass_percent attempts_allowed pause_minutes", why=_COURSE),
    nobodys("QuizQuestion", "id sort_order quiz kind text answers", why=_COURSE),
    nobodys("EntitlementRule", "id product gate after_days keeps downloads_per_month", why=_LOCK),
    nobodys("FloorRestriction", "id gate restriction", why=_LOCK),
    nobodys("ProductGroupPermission", "id permission group content_object", why=_GROUP),
    nobodys("GateGroupPermission", "id permission group content_object", why=_GROUP),
    deleted(
        "ProductUserPermission",
        person="user",
        exported="content_object ends_at",
        withheld={"a number of ours": "id permission license seat", "the person themselves": "user"},
    ),
    deleted(
        "GateUserPermission",
        person="user",
        exported="content_object",
        withheld={"a number of ours": "id permission", "the person themselves": "user"},
    ),
    nobodys(
        "BillingAccount",
        "id account livemode answered_at refused_at refused_error next_try",
        why=_LINE,
    ),
    nobodys("SyncCursor", "id account livemode name position started_at finished_at", why=_LINE),
    nobodys(
        "SyncTarget",
        "id account livemode kind object_id requested applied requested_at token lease_until attempts "
        "next_try is_dead is_import error object_created",
        why="the id of an object at Stripe that waits to be read; who it is about only Stripe says",
    ),
    nobodys(
        "MailText",
        "id latest_revision live has_unpublished_changes first_published_at last_published_at "
        "live_revision go_live_at expire_at expired notice language subject body button",
        why=_SITE,
    ),
)
