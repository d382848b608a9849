"""The two-tenant table: every URL of the package, who asks, and what they are answered.

Acme and Globex are two tenants. What an address names is Acme's: its license, seat, invitation,
people; what is personal is that of Acme's owner. One row is one URL and method::

    row("organization", "GET", "302 200 404 200 200 404")

with the status for a visitor, a member of Acme, a member of Globex, a manager of Acme, Acme's owner,
and the owner of the site (a superuser who is in no team). One number stands for all of them.

A new URL of the portal or of the API gets a row for GET and one for POST here: the test fails until
it has. Parameters of the address are looked up by their name in ``World.parameters``; ``data`` is
what a POST sends, and may name an attribute of the world with ``$``.
"""

from dataclasses import dataclass, field

COLUMNS = ("visitor", "member", "other", "manager", "owner", "staff")

#: Modules with ``urlpatterns`` that are looked through, and the address that they are included below.
URLCONFS = {"wagtail_licensing.urls": "/licensing/"}


@dataclass(frozen=True)
class Row:
    """One URL and method. ``cells``: a status for each of ``COLUMNS``."""

    name: str
    method: str
    cells: tuple[int, ...]
    data: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def row(name: str, method: str, cells: str, *, data=None, parameters=None) -> Row:
    """Return one row; ``cells`` as in the module's docstring."""
    numbers = tuple(map(int, cells.split()))
    numbers = numbers * len(COLUMNS) if len(numbers) == 1 else numbers
    if len(numbers) != len(COLUMNS):
        raise ValueError(f"{name}: one status, or one for each of {', '.join(COLUMNS)}")
    return Row(name, method, numbers, data or {}, parameters or {})


PERSONAL = "302 200 200 200 200 200"  # one's own page, whoever one is
MANAGE = "302 404 404 200 200 404"
DO_MANAGE = "302 404 404 303 303 404"
DO_OWN = "302 404 404 404 303 404"

TABLE = (
    # who may come
    row("plans", "GET", "200"),
    row("plans", "POST", "405"),
    row("checkout_cancelled", "GET", "200"),
    row("checkout_cancelled", "POST", "405"),
    # one's own account
    *(
        line
        for name in (
            "account",
            "account_courses",
            "account_downloads",
            "account_payments",
            "account_team",
        )
        for line in (row(name, "GET", PERSONAL), row(name, "POST", "405"))
    ),
    row("account_mail", "GET", PERSONAL),
    row("account_mail", "POST", "302 303 303 303 303 303"),
    row("account_privacy", "GET", PERSONAL),
    row("account_privacy", "POST", "405"),
    row("export_account", "GET", "405"),
    row("export_account", "POST", PERSONAL),
    row("delete_account", "GET", "405"),
    row("delete_account", "POST", "302 400 400 400 400 400"),
    row("keep_account", "GET", "405"),
    row("keep_account", "POST", "302 303 303 303 303 303"),
    row("billing_portal", "GET", "405"),
    row("billing_portal", "POST", "302 404 404 404 404 404"),
    row("start_license", "GET", "405"),
    row("start_license", "POST", "302 404 404 404 303 404", parameters={"reference": "claimable"}),
    row("no_reminders", "GET", "200"),
    row("no_reminders", "POST", "200"),
    # buying
    row("buy", "GET", "405"),
    row("buy", "POST", "303 503 503 503 503 503"),
    row("checkout_return", "GET", "302 404 404 404 200 404"),
    row("checkout_return", "POST", "405"),
    # gifts, applications, other plans: what is not there, or not one's own, is 404, and a link in a mail
    # that is none of ours 410
    row("account_gifts", "GET", "302 200 200 200 200 200"),
    row("account_gifts", "POST", "405"),
    row("application", "GET", "302 404 404 404 404 404"),
    row("application", "POST", "405"),
    row("apply", "GET", "302 404 404 404 404 404", parameters={"slug": "product"}),
    row("apply", "POST", "302 404 404 404 404 404", parameters={"slug": "product"}),
    row("claim", "GET", "410"),
    row("claim", "POST", "410"),
    row("give", "GET", "302 404 404 404 404 404"),
    row("give", "POST", "302 404 404 404 404 404"),
    row("register", "GET", "404", parameters={"slug": "product"}),
    row("register", "POST", "404", parameters={"slug": "product"}),
    row("resume_checkout", "GET", "303"),
    row("resume_checkout", "POST", "405"),
    row("send_gift", "GET", "405"),
    row("send_gift", "POST", "302 404 404 404 404 404"),
    row("switch", "GET", "302 404 404 404 404 404", parameters={"reference": "claimable"}),
    row("switch", "POST", "405", parameters={"reference": "claimable"}),
    row("switch_confirm", "GET", "405", parameters={"reference": "claimable"}),
    row("switch_confirm", "POST", "302 404 404 404 404 404", parameters={"reference": "claimable"}),
    row("switch_preview", "GET", "405", parameters={"reference": "claimable"}),
    row("switch_preview", "POST", "302 404 404 404 404 404", parameters={"reference": "claimable"}),
    # seats
    row("account_seats", "GET", MANAGE),
    row("account_seats", "POST", "405"),
    row("release_seat", "GET", "405"),
    row("release_seat", "POST", DO_MANAGE),
    row("invite_to_seat", "GET", "405"),
    row("invite_to_seat", "POST", DO_MANAGE, data={"email": "new@example.org"}),
    row("give_seat", "GET", "405"),
    row("give_seat", "POST", DO_MANAGE, data={"person": "$manager_id"}),
    # teams
    row("create_organization", "GET", "405"),
    row("create_organization", "POST", "302 303 303 303 303 303", data={"name": "Mine"}),
    row("join_organization", "GET", "405"),
    row("join_organization", "POST", "302 404 404 404 404 404"),
    row("organization", "GET", "302 200 404 200 200 404"),
    row("organization", "POST", "405"),
    row("organization_billing", "GET", MANAGE),
    row("organization_billing", "POST", "405"),
    row("organization_portal", "GET", "405"),
    row("organization_portal", "POST", "302 404 404 503 503 404"),
    row("invite_person", "GET", "405"),
    row("invite_person", "POST", DO_MANAGE, data={"email": "new@example.org"}),
    row("set_role", "GET", "405"),
    row("set_role", "POST", DO_OWN, data={"role": "manager"}),
    row("remove_person", "GET", "405"),
    row("remove_person", "POST", DO_MANAGE),
    row("leave_organization", "GET", "405"),
    row("leave_organization", "POST", "302 303 404 303 400 404"),
    row("rename_organization", "GET", "405"),
    row("rename_organization", "POST", DO_OWN, data={"name": "Acme & Sons"}),
    row("add_domain", "GET", "405"),
    row("add_domain", "POST", DO_OWN, data={"domain": "acme.example"}),
    row("change_domain", "GET", "405"),
    row("change_domain", "POST", DO_OWN, data={"do": "remove"}),
    row("manage_invitation", "GET", "405"),
    row("manage_invitation", "POST", DO_MANAGE, data={"do": "revoke"}),
    # handing over
    row("hand_over_license", "GET", "302 404 404 404 200 404"),
    row("hand_over_license", "POST", DO_OWN, data={"email": "new@example.org"}),
    row("hand_over_organization", "GET", "302 404 404 404 200 404"),
    row("hand_over_organization", "POST", DO_OWN, data={"email": "new@example.org"}),
    row("manage_transfer", "GET", "405"),
    row("manage_transfer", "POST", DO_OWN, data={"do": "cancel"}),
    # links in mails: a look is free, it changes nothing; only the address they went to may accept
    row("invitation", "GET", "200"),
    row("invitation", "POST", "303 403 403 403 403 403", data={"do": "accept"}),
    row("transfer", "GET", "200"),
    row("transfer", "POST", "303 403 403 403 403 403", data={"do": "accept"}),
    # content
    row("complete_lesson", "GET", "405"),
    # back to the lesson; for whom it counts is told in tests/portal/test_lessons.py
    row("complete_lesson", "POST", "303"),
    row("answer_quiz", "GET", "405"),
    row("answer_quiz", "POST", "303"),
    row("get_certificate", "GET", "405"),
    row("get_certificate", "POST", "302 404 404 404 404 404"),
    row("certificate", "GET", "404"),
    row("certificate", "POST", "405"),
    row("file", "GET", "404"),
    row("file", "POST", "405"),
    row("signed_file", "GET", "404"),
    row("signed_file", "POST", "405"),
    # the JSON API: one's own, whoever one is
    row("api:openapi-json", "GET", "200"),
    row("api:openapi-json", "POST", "200"),
    row("api:api-root", "GET", "404"),
    row("api:api-root", "POST", "404"),
    *(
        line
        for name in ("api:licenses", "api:courses", "api:downloads")
        for line in (row(name, "GET", "401 200 200 200 200 200"), row(name, "POST", "405"))
    ),
    row("api:me", "GET", "200"),
    row("api:me", "POST", "405"),
    row("api:access", "GET", "400"),
    row("api:access", "POST", "405"),
    row("api:complete", "GET", "405"),
    # the other tenant has seats on the same product
    row("api:complete", "POST", "401 200 200 403 403 200"),
    # Stripe: signed, or nothing
    row("stripe_webhook", "GET", "405"),
    row("stripe_webhook", "POST", "400"),
    row("stripe_webhook_bare", "GET", "405"),
    row("stripe_webhook_bare", "POST", "400"),
)
