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
