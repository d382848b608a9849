"""Licenses that wait for a link: gifts, guests' purchases, free registrations."""

from ..classes import kept, nobodys

_NUMBER = "a number of ours, which means nothing elsewhere"
_SECRET = "what a link is made from that works for whoever has it"  # noqa: S105
_OTHERS = "who gave it, and what they wrote, is their data as well"
_BOOKS = "that a license was given and taken once, for the books of the site; it names nobody any more"

ROWS = (
    nobodys(
        "ProductQuestion",
        "id product label help_text kind choices is_required sort_order",
        why="what every applicant is asked; it says nothing of a member",
    ),
    kept(
        "LicenseApplication",
        person="user",
        exported=("product user license answers state created_at decided_at reason pay_until"),
        withheld={_NUMBER: "id", "who of the staff it was is somebody else's data": "decided_by"},
        erased="answers",
        pseudonymised="user reason decided_by",
        kept={_BOOKS: "id product license state created_at decided_at pay_until"},
    ),
    kept(
        "LicenseClaim",
        person="claimed_by",
        exported=(
            "kind product license email language recipient_name send_at sends last_sent_at "
            "created_at claimed_by claimed_at link_expires_at"
        ),
        withheld={_NUMBER: "id intent email_key", _SECRET: "link_name", _OTHERS: "giver message"},
        erased="email email_key language recipient_name message",
        pseudonymised="giver claimed_by",
        kept={
            _BOOKS: (
                "id kind product license intent link_name link_expires_at send_at sends last_sent_at "
                "created_at claimed_at"
            )
        },
    ),
)
