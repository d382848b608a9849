"""Organizations, the people in them, and what was offered to an address."""

from ..classes import deleted, kept

_NUMBER = "a number of ours, which means nothing elsewhere"
_PERSON = "the person themselves"
_TEAM = "a company, school or team; it outlives each of its people"
_HISTORY = "the history of an organization is written once and never changed; it holds no names"
_OFFER = "what was offered and what became of it; it names nobody any more"
_SECRET = "opens what was offered"  # noqa: S105 - a reason
_SOMEBODY = "somebody else's data"

ROWS = (
    kept(
        "Organization",
        person="owner",
        exported="name slug owner created_at",
        withheld={_NUMBER: "id"},
        pseudonymised="owner",
        kept={_TEAM: "id name slug created_at"},
    ),
    deleted(
        "OrganizationMember",
        person="user",
        exported="organization role joined_at",
        withheld={_NUMBER: "id", _PERSON: "user"},
    ),
    kept(
        "OrganizationEvent",
        person="actor",
        exported="organization kind at",
        withheld={_NUMBER: "id", _PERSON: "actor", "ids of people and rows": "facts"},
        pseudonymised="actor",
        kept={_HISTORY: "id organization kind at facts"},
    ),
    kept(
        "OrganizationDomain",
        person="organization__owner",
        exported="organization domain is_open verified_at",
        withheld={_NUMBER: "id", _SOMEBODY: "verified_by"},
        pseudonymised="verified_by",
        kept={_TEAM: "id organization domain is_open verified_at"},
    ),
    kept(
        "Invitation",
        person="accepted_by",
        exported="email organization license role state created_at expires_at closed_at",
        withheld={
            _NUMBER: "id seat email_key mails mailed_at",
            _SECRET: "link_word link_digest",
            _PERSON: "accepted_by",
            _SOMEBODY: "created_by",
        },
        erased="email email_key",
        pseudonymised="accepted_by created_by",
        kept={
            _OFFER: (
                "id organization license seat role state link_word link_digest created_at expires_at "
                "mails mailed_at closed_at"
            )
        },
    ),
    kept(
        "Transfer",
        person="accepted_by",
        exported="email organization license state created_at expires_at closed_at giver_confirmed_at",
        withheld={
            _NUMBER: "id email_key mails mailed_at",
            _SECRET: "link_word link_digest",
            _PERSON: "accepted_by",
            _SOMEBODY: "created_by reason",
        },
        erased="email email_key",
        pseudonymised="accepted_by created_by reason",
        kept={
            _OFFER: (
                "id organization license state link_word link_digest created_at expires_at mails "
                "mailed_at closed_at giver_confirmed_at"
            )
        },
    ),
)
