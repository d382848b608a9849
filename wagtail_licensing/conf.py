"""Every setting of the package: one typed property each, read late, one prefix."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

PREFIX = "WAGTAIL_LICENSING_"

_T = TypeVar("_T")


class Configuration:
    """Reads the ``WAGTAIL_LICENSING_*`` settings of the site at the moment they are asked for."""

    def _get(self, name: str, default: _T) -> _T:
        return cast("_T", getattr(settings, PREFIX + name, default))

    @property
    def stripe_secret_key(self) -> str:
        """The secret (or restricted) key of the Stripe account; empty switches billing off."""
        return self._get("STRIPE_SECRET_KEY", "").strip()

    @property
    def stripe_webhook_secrets(self) -> list[str]:
        """The signing secrets of the webhook endpoint: a list, so that they can be rotated."""
        secrets: Any = self._get("STRIPE_WEBHOOK_SECRETS", [])
        if isinstance(secrets, str):
            secrets = [secrets]
        return [secret.strip() for secret in secrets if secret and secret.strip()]

    @property
    def stripe_api_base(self) -> str:
        """Another address of Stripe's API: a simulator on loopback, with a test key. Empty: Stripe."""
        return self._get("STRIPE_API_BASE", "").rstrip("/")

    @property
    def stripe_livemode(self) -> bool:
        """Whether the secret key is one of live mode."""
        return "_live_" in self.stripe_secret_key

    @property
    def stripe_account(self) -> str:
        """The slug under which rows of the configured Stripe account are kept."""
        return self._get("STRIPE_ACCOUNT", "default")

    @property
    def webhook_max_bytes(self) -> int:
        """The size in bytes beyond which the webhook refuses a body unread."""
        return self._get("WEBHOOK_MAX_BYTES", 512 * 1024)

    @property
    def grace_period(self) -> timedelta:
        """How long a new product keeps access open after a payment failed."""
        return self._get("GRACE_PERIOD", timedelta(days=7))

    @property
    def sync_slack(self) -> timedelta:
        """How long a renewing license stays open beyond what is paid, while the renewal is late."""
        return self._get("SYNC_SLACK", timedelta(hours=72))

    @property
    def event_payload_retention(self) -> timedelta:
        """For how long the body of a Stripe event is kept; after that only what it was about is."""
        return self._get("EVENT_PAYLOAD_RETENTION", timedelta(days=30))

    @property
    def gate_index_max_age(self) -> timedelta:
        """For how long a process may trust its gate index before it reads the version stamp again."""
        age: Any = self._get("GATE_INDEX_MAX_AGE", timedelta(seconds=1))
        return age if isinstance(age, timedelta) else timedelta(seconds=age)

    @property
    def paywall_template(self) -> str:
        """The template shown in place of a gated page."""
        return self._get("PAYWALL_TEMPLATE", "wagtail_licensing/paywall.html")

    @property
    def login_url(self) -> str:
        """The sign-in page that gates lead to: an address or the name of one. By default that of
        Wagtail's private pages, else that of Django."""
        fallback = getattr(settings, "WAGTAIL_FRONTEND_LOGIN_URL", "") or settings.LOGIN_URL
        return self._get("LOGIN_URL", str(fallback))

    @property
    def denied_status(self) -> int:
        """The HTTP status of the paywall page."""
        return self._get("DENIED_STATUS", 200)

    @property
    def gate_api(self) -> bool:
        """Whether Wagtail's page, document and image APIs leave out what the visitor may not open."""
        return self._get("GATE_API", True)

    @property
    def sendfile_locations(self) -> dict[str, str]:
        """The folders whose files the web server sends for us, by their internal address: what a
        ``location`` of nginx is called, and the folder it shows. Empty: we send all files."""
        locations: Any = self._get("SENDFILE_LOCATIONS", {})
        return {str(prefix): str(folder) for prefix, folder in locations.items()}

    @property
    def signed_link_lifetime(self) -> timedelta:
        """For how long a signed link to a file works."""
        lifetime: Any = self._get("SIGNED_LINK_LIFETIME", timedelta(hours=1))
        return lifetime if isinstance(lifetime, timedelta) else timedelta(seconds=lifetime)

    @property
    def download_window(self) -> timedelta:
        """For how long requests for a file belong to the same download."""
        window: Any = self._get("DOWNLOAD_WINDOW", timedelta(hours=24))
        return window if isinstance(window, timedelta) else timedelta(seconds=window)

    @property
    def download_log_retention(self) -> timedelta:
        """For how long it is kept who downloaded what."""
        retention: Any = self._get("DOWNLOAD_LOG_RETENTION", timedelta(days=400))
        return retention if isinstance(retention, timedelta) else timedelta(seconds=retention)

    @property
    def floor(self) -> bool:
        """Whether a gate that hides its page also makes it private for Wagtail itself."""
        return self._get("FLOOR", True)

    @property
    def mail(self) -> bool:
        """Whether members are written to."""
        return self._get("MAIL", True)

    @property
    def mail_from(self) -> str:
        """The address that mails to members come from."""
        return str(self._get("MAIL_FROM", "") or settings.DEFAULT_FROM_EMAIL)

    @property
    def receipts(self) -> bool:
        """Whether we write what was paid. Off where Stripe does."""
        return self._get("RECEIPTS", False)

    @property
    def reminder_days(self) -> list[int]:
        """The days before the end of a license at which its holder is reminded."""
        days: Any = self._get("REMINDER_DAYS", [14, 3])
        return [int(day) for day in days]

    @property
    def mail_retention(self) -> timedelta:
        """For how long it is kept that a mail was sent. Longer than the longest term, so that nothing
        that happens once is written about twice."""
        return self._get("MAIL_RETENTION", timedelta(days=400))

    @property
    def member_language(self) -> str:
        """The dotted path of a function that takes a user and returns the code of a language."""
        return self._get("MEMBER_LANGUAGE", "")

    @property
    def invitation_lifetime(self) -> timedelta:
        """For how long an invitation, and the offer of a transfer, can be accepted."""
        lifetime: Any = self._get("INVITATION_LIFETIME", timedelta(days=7))
        return lifetime if isinstance(lifetime, timedelta) else timedelta(seconds=lifetime)

    @property
    def verified_addresses(self) -> str:
        """The dotted path of a function that takes a user and returns the verified addresses."""
        return self._get("VERIFIED_ADDRESSES", "")

    @property
    def site_url(self) -> str:
        """The address of the site as members know it, for links in mails. By default Wagtail's."""
        fallback = getattr(settings, "WAGTAILADMIN_BASE_URL", "")
        return str(self._get("SITE_URL", "") or fallback).rstrip("/")

    @property
    def api_auth(self) -> str:
        """The dotted path of a function that says who sent a request to the JSON API: a user or None."""
        return self._get("API_AUTH", "")

    @property
    def guest_checkout(self) -> bool:
        """Whether people without an account may buy; the license waits for the link sent to them."""
        return self._get("GUEST_CHECKOUT", False)

    @property
    def pause_in_portal(self) -> bool:
        """Whether Stripe's portal lets members pause: the account then leads there."""
        return self._get("PAUSE_IN_PORTAL", False)

    @property
    def claim_link_lifetime(self) -> timedelta:
        """For how long the link to a gift, a guest's purchase or a free license works."""
        lifetime: Any = self._get("CLAIM_LINK_LIFETIME", timedelta(days=30))
        return lifetime if isinstance(lifetime, timedelta) else timedelta(seconds=lifetime)

    @property
    def claim_retention(self) -> timedelta:
        """For how long after the end of its link the address of a claim is kept, and after its end
        that of an invitation. What was paid and not claimed is kept without end."""
        retention: Any = self._get("CLAIM_RETENTION", timedelta(days=90))
        return retention if isinstance(retention, timedelta) else timedelta(seconds=retention)

    @property
    def approval_lifetime(self) -> timedelta:
        """For how long what was approved can be paid."""
        lifetime: Any = self._get("APPROVAL_LIFETIME", timedelta(days=14))
        return lifetime if isinstance(lifetime, timedelta) else timedelta(seconds=lifetime)

    @property
    def make_account(self) -> str:
        """The dotted path of a function that takes an address and a password and returns a new user."""
        return self._get("MAKE_ACCOUNT", "")

    @property
    def promotion_codes(self) -> bool:
        """Whether Stripe's page takes promotion codes."""
        return self._get("PROMOTION_CODES", True)

    @property
    def source_limit(self) -> int:
        """How many links to free licenses, and how many checkouts without an account, one source may
        ask for within an hour. 0: any number."""
        return self._get("SOURCE_LIMIT", 20)

    @property
    def trusted_proxies(self) -> int:
        """How many proxies of the site a request comes through, each of which adds whom it saw."""
        return self._get("TRUSTED_PROXIES", 0)

    @property
    def use_celery(self) -> bool:
        """Whether work goes through a Celery broker; without one it runs in the process at once."""
        return self._get("USE_CELERY", bool(getattr(settings, "CELERY_BROKER_URL", "")))

    @property
    def clock(self) -> Callable[[], datetime]:
        """The function that tells the time; a demo or a test may move it."""
        path = self._get("CLOCK", "")
        return cast("Callable[[], datetime]", import_string(path)) if path else timezone.now


conf = Configuration()


def now() -> datetime:
    """Return the present instant, aware, by the clock of the site."""
    return conf.clock()
