"""What members did, and what they are written about: gone with them."""

from ..classes import deleted, kept

_NUMBER = "a number of ours, which means nothing elsewhere"
_PERSON = "the person themselves"
_SENDING = "how the mail is handed over"

ROWS = (
    deleted(
        "LessonProgress",
        person="user",
        exported="lesson opened_at completed_at",
        withheld={_NUMBER: "id", _PERSON: "user"},
    ),
    deleted(
        "QuizAttempt",
        person="user",
        exported="quiz number at right total passed given",
        withheld={_NUMBER: "id", _PERSON: "user"},
    ),
    deleted(
        "Certificate",
        person="user",
        exported="number course name course_title issued_at revoked_at revoke_reason",
        withheld={_NUMBER: "id", _PERSON: "user", "staff": "revoked_by"},
    ),
    deleted(
        "Download",
        person="user",
        exported="title file license reason month begun_at",
        withheld={_NUMBER: "id document gate", _PERSON: "user"},
    ),
    deleted(
        "MeteredRead",
        person="user",
        exported="page month read_at",
        withheld={_NUMBER: "id gate", _PERSON: "user"},
    ),
    deleted(
        "OutboxMessage",
        person="user",
        exported="notice license state created_at sent_at",
        withheld={
            _NUMBER: "id key",
            _PERSON: "user",
            "what was offered stands with the offer": "invitation transfer",
            "what was paid stands with the payments and invoices": "payment invoice",
            _SENDING: "message_id attempts next_try token error",
        },
    ),
    deleted(
        "MailPreference",
        person="user",
        exported="reminders changed_at",
        withheld={_NUMBER: "id", _PERSON: "user"},
    ),
    kept(
        "AccountDeletion",
        person="user",
        exported="billing state requested_at reason",
        withheld={
            _NUMBER: "id stopped_at next_try done_at",
            _PERSON: "user",
            "who of the staff it was is somebody else's data": "requested_by",
        },
        pseudonymised="user requested_by reason",
        kept={
            "the proof that it was done, of whom it does not say": (
                "id billing state requested_at stopped_at next_try done_at"
            )
        },
    ),
)
