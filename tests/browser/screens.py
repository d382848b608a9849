"""Every screen that a member can see: who looks at it, and in which states it is.

A new URL that answers with a page gets a line here, or ``test_screens.py`` fails. ``{names}`` in an
address are those of ``MemberWorld.paths``; ``press`` are the buttons that lead on to the screen,
after ``fill`` (a label, what to type) was done, and while Stripe is down if there is an ``outage``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.portal.url_table import TABLE


@dataclass(frozen=True)
class Screen:
    """One screen in one state. ``name``: that of the URL, or ``page`` for a page of the site."""

    name: str
    who: str
    address: str
    state: str = ""
    status: int = 200
    press: tuple[str, ...] = ()
    fill: tuple[str, str] | None = None
    outage: bool = False

    def __str__(self) -> str:
        return "-".join(filter(None, (self.name, self.state, self.who)))


LICENSING = "/licensing/"
ACCOUNT = LICENSING + "account/"


def account(name: str, *people: str, address: str = "", **fields) -> list[Screen]:
    """One of the tabs of the account, for several people."""
    return [Screen(name, who, ACCOUNT + address, **fields) for who in people]


def at(name: str, who: str, address: str, state: str = "", **fields) -> Screen:
    """A screen below the address of the package."""
    return Screen(name, who, LICENSING + address, state, **fields)


SCREENS: list[Screen] = [
    # what everybody sees
    at("plans", "visitor", "plans/"),
    at("plans", "alice", "plans/?currency=USD&next=/", "dollars"),
    at("plans", "alice", "plans/?for={office}", "for-a-team"),
    at("checkout_cancelled", "visitor", "checkout-cancelled/?next=/"),
    at("register", "visitor", "get/{sampler}/"),
    at("register", "visitor", "get/{sampler}/", "wrong", status=400, press=("Send me the link",)),
    at("register", "charlie", "get/{sampler}/", "signed-in"),
    at("claim", "visitor", "claim/{claim_gift}/", "gift"),
    at("claim", "visitor", "claim/{claim_late}/", "too-late"),
    at("claim", "visitor", "claim/{claim_known}/", "known-address"),
    at("claim", "charlie", "claim/{claim_gift}/", "signed-in"),
    at("claim", "visitor", "claim/nothing/", "gone", status=410),
    at("invitation", "visitor", "invitations/{invitation}/"),
    at("invitation", "dee", "invitations/{invitation}/"),
    at("invitation", "charlie", "invitations/{invitation}/", "of-somebody-else"),
    at("invitation", "charlie", "invitations/nothing/", "gone", status=404),
    at("transfer", "visitor", "transfers/{offer}/"),
    at("transfer", "dee", "transfers/{offer}/"),
    at("no_reminders", "visitor", "mail/no-reminders/{no_reminders}/"),
    at("certificate", "visitor", "certificates/{certificate_valid}/"),
    at("certificate", "visitor", "certificates/{certificate_revoked}/", "revoked"),
    # the account: with everything, with nothing, and in between
    *account("account", "alice", "charlie", "bob", "dee"),
    *account("account_courses", "alice", "charlie", "bob", address="courses/"),
    *account("account_downloads", "alice", "charlie", address="downloads/"),
    *account("account_payments", "alice", "charlie", address="payments/"),
    *account("account_team", "alice", "charlie", "bob", address="team/?done=offered"),
    *account("account_gifts", "alice", "charlie", address="gifts/"),
    *account("account_mail", "alice", address="mail/?saved=1"),
    *account("account_privacy", "alice", "charlie", "dana", "wanda", address="privacy/"),
    # seats and teams
    at("account_seats", "alice", "account/seats/{crew}/?done=given"),
    at("account_seats", "alice", "account/seats/{office_seats}/", "of-a-team"),
    at("organization", "alice", "account/team/of/{office}/?done=invited"),
    at("organization", "bob", "account/team/of/{office}/"),
    at("organization_billing", "alice", "account/team/of/{office}/billing/"),
    at("organization_billing", "alice", "account/team/of/{poor_office}/billing/", "nothing-bought"),
    at("hand_over_organization", "alice", "account/team/of/{office}/hand-over/"),
    at("hand_over_license", "alice", "account/licenses/{pro}/hand-over/"),
    # buying
    at("buy", "charlie", "plans/", "outage", status=503, press=("Buy Basic",), outage=True),
    at("buy", "charlie", "plans/", "wrong", status=400, press=("Buy Team",), fill=("Seats", "0")),
    at("give", "alice", "give/{pass_price}/"),
    at("give", "alice", "give/{pass_price}/", "wrong", status=400, press=("Go on to the payment",)),
    at("apply", "erin", "apply/{fellowship}/"),
    at("apply", "erin", "apply/{fellowship}/", "wrong", status=400, press=("Send the application",)),
    *(
        at("application", who, f"account/applications/{{application_{who}}}/")
        for who in ("alice", "bob", "charlie", "dee")
    ),
    at("switch", "alice", "account/licenses/{pro}/switch/"),
    at("switch", "alice", "account/licenses/{bought_for_office}/switch/", "of-a-team"),
    at("switch_preview", "alice", "account/licenses/{pro}/switch/", press=("See what it costs",)),
    at("checkout_return", "alice", "checkout/{checkout_open}/?look=8", "confirming"),
    at("checkout_return", "alice", "checkout/{checkout_open}/?look=10", "slow"),
    at("checkout_return", "alice", "checkout/{checkout_waiting}/?look=10", "delayed"),
    at("checkout_return", "alice", "checkout/{checkout_ready}/", "ready"),
    at("checkout_return", "alice", "checkout/{checkout_failed}/", "failed"),
    at("checkout_return", "alice", "checkout/{checkout_expired}/", "expired"),
    at("checkout_return", "alice", "checkout/{checkout_gift}/", "given"),
    at("checkout_return", "alice", "checkout/{checkout_team}/", "for-a-team"),
    at("checkout_return", "guest", "checkout/{checkout_guest}/", "mailed"),
    # pages of a site
    Screen("page", "visitor", "{article}", "locked"),
    Screen("page", "charlie", "{article}", "locked"),
    Screen("page", "charlie", "{course}", "locked-course"),
    Screen("page", "visitor", "{free_lesson}", "free-lesson"),
    Screen("page", "alice", "{lesson}", "lesson-done"),
    Screen("page", "alice", "{quiz}", "quiz-not-passed"),
    Screen("page", "dana", "{quiz}", "quiz"),
    Screen("page", "alice", "{toolkit}", "versions"),
    Screen("page", "charlie", "{toolkit}", "versions"),
    Screen("page", "visitor", "{parts}", "parts"),
    Screen("page", "erin", "{as_visitor}", "seen-as-a-visitor"),
    Screen("page", "erin", "{as_nobody}", "seen-as-nobody"),
]

#: URLs that answer with no page of ours, whatever is sent.
NO_PAGE = {
    "api": "JSON",
    "stripe_webhook": "for Stripe",
    "stripe_webhook_bare": "for Stripe",
    "file": "a file",
    "signed_file": "a file",
    "resume_checkout": "leads on to Stripe",
}

#: URLs that only take a POST and lead on from there; what they say on the way is ``message.html``,
#: ``unavailable.html`` or the page that the form stands on, and these are looked at.
LEADS_ON = {
    row.name for row in TABLE if row.method == "GET" and set(row.cells) == {405}
} - {"switch_preview"}  # fmt: skip

#: Templates that no screen shows: what they are instead.
NOT_SHOWN = {
    "privacy_export.html": "a page in a zip, looked at by a test of its own",
    "blocks/pricing_table.html": "a heading above the offers that the paywall shows",
    "includes/media_player.html": "looked at by the tests of the player",
}


def unlisted(names: Iterable[str]) -> set[str]:
    """Return the names of URLs for which nobody has said what they show."""
    known = {screen.name for screen in SCREENS} | set(NO_PAGE) | LEADS_ON
    return {name for name in names if name.partition(":")[0] not in known}
