"""Licenses, seats, holds and their history."""

from ..classes import kept

_NUMBER = "a number of ours, which means nothing elsewhere"
_RIGHT = "what was bought and given, for the books of the site; it names nobody any more"
_HISTORY = "the history of a license is written once and never changed; it names nobody any more"

ROWS = (
    kept(
        "License",
        person="user",
        exported=(
            "reference product user state pending_reason source starts_at ends_at access_until "
            "held_since renews is_trial had_trial flag seats_total seats_due_at uses_seats created_at"
        ),
        withheld={
            _NUMBER: "id policy updated_at",
            "how the state is kept": "unheld_state",
            "empty in a person's own license": "organization",
        },
        pseudonymised="user",
        kept={
            _RIGHT: (
                "id reference product policy organization state unheld_state pending_reason source "
                "starts_at ends_at access_until held_since renews is_trial had_trial flag seats_total "
                "seats_due_at uses_seats created_at updated_at"
            )
        },
    ),
    kept(
        "LicenseHold",
        person="license__user",
        exported="license kind reason placed_at",
        withheld={_NUMBER: "id"},
        pseudonymised="reason",
        kept={_RIGHT: "id license kind placed_at"},
    ),
    kept(
        "LicenseSeat",
        person="user",
        exported="license user invited_email state invited_at assigned_at suspended_at released_at",
        withheld={_NUMBER: "id slot"},
        erased="invited_email",
        pseudonymised="user",
        kept={_RIGHT: "id license state slot invited_at assigned_at suspended_at released_at"},
    ),
    kept(
        "LicenseEvent",
        person="license__user",
        exported="license kind at cause reason before after",
        withheld={
            _NUMBER: "id",
            "an id at Stripe that only the site can look up": "stripe_event_id",
            "who of the staff it was is somebody else's data": "actor",
        },
        pseudonymised="reason actor",
        kept={_HISTORY: "id license kind at cause stripe_event_id before after"},
    ),
    kept(
        "LicenseImport",
        person="created_by",
        exported="name recipe state total created_by created_at finished_at",
        withheld={
            _NUMBER: "id",
            "how the list of the site was read": (
                "header columns products product date_order makes_accounts"
            ),
        },
        pseudonymised="created_by",
        kept={
            "what was brought in, and how; whom it named is in its rows": (
                "id name recipe state header columns products product date_order makes_accounts total "
                "created_at finished_at"
            )
        },
    ),
    kept(
        "LicenseImportRow",
        person="license__user",
        exported="number cells outcome problem new_account license former_end new_end",
        withheld={_NUMBER: "id source step identity key"},
        erased="cells key identity",
        kept={_RIGHT: ("id source number step outcome problem new_account license former_end new_end")},
    ),
)
