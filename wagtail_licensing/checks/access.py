"""Checks of what the access decision and the gates need."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.urls import NoReverseMatch, reverse
from wagtail import hooks
from wagtail.documents import get_document_model

from ..conf import PREFIX, Configuration
from ..gates import documents, pages
from ..models import Gate
from ..models.gates import GateKind

#: The order at which the gates are registered among Wagtail's hooks.
GATES_FIRST = -100

OUR_BACKEND = "wagtail_licensing.backends.LicenseBackend"
GUARDIANS_BACKEND = "guardian.backends.ObjectPermissionBackend"


def check_backends(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether object permissions are answered by us, before guardian."""
    backends = list(settings.AUTHENTICATION_BACKENDS)
    if OUR_BACKEND not in backends:
        return [
            Error(
                "Object permissions are not answered from licenses.",
                hint=f'Add "{OUR_BACKEND}" to AUTHENTICATION_BACKENDS, before guardian\'s backend.',
                id="wagtail_licensing.E001",
            )
        ]
    if GUARDIANS_BACKEND not in backends:
        return [
            Error(
                "guardian's object permissions are not answered.",
                hint=f'Add "{GUARDIANS_BACKEND}" to AUTHENTICATION_BACKENDS, after ours.',
                id="wagtail_licensing.E002",
            )
        ]
    if backends.index(OUR_BACKEND) > backends.index(GUARDIANS_BACKEND):
        return [
            Error(
                "guardian answers before us, and knows nothing of the end of a license.",
                hint=f'Put "{OUR_BACKEND}" before "{GUARDIANS_BACKEND}".',
                id="wagtail_licensing.E002",
            )
        ]
    return []


def check_guardian_is_installed(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether guardian is an installed application, as our permissions need."""
    from django.apps import apps

    if apps.is_installed("guardian"):
        return []
    return [
        Error(
            "django-guardian is not installed.",
            hint='Add "guardian" to INSTALLED_APPS.',
            id="wagtail_licensing.E003",
        )
    ]


def check_addresses(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether the site includes our addresses: without them the paywall has nowhere to lead."""
    try:
        reverse("wagtail_licensing:plans")
    except NoReverseMatch:
        return [
            Warning(
                "The addresses of wagtail_licensing are not included.",
                hint='Add path("licensing/", include("wagtail_licensing.urls")) to the URLs of the site,'
                " above wagtail_urls.",
                id="wagtail_licensing.W005",
            )
        ]
    except Exception:  # noqa: BLE001 - a root URLconf that cannot be read has a check of Django's own
        return []
    return []


def check_anonymous_user(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether guardian keeps a user for anonymous visitors, who could be given things."""
    if getattr(settings, "ANONYMOUS_USER_NAME", "AnonymousUser") is None:
        return []
    return [
        Warning(
            "guardian keeps an account for anonymous visitors.",
            hint="Set ANONYMOUS_USER_NAME = None: anonymous visitors hold nothing, and the account"
            " shows up among the users of the site.",
            id="wagtail_licensing.W001",
        )
    ]


def check_setting_names(**kwargs: Any) -> list[CheckMessage]:
    """Find settings with our prefix that nobody reads: a typo is a rule that does not hold."""
    known = known_settings()
    unknown = sorted(name for name in dir(settings) if name.startswith(PREFIX) and name not in known)
    return [
        Warning(
            f"{name} is not a setting of wagtail_licensing.",
            hint="Look for a typo; every setting is listed in docs/reference/settings.md.",
            id="wagtail_licensing.W003",
        )
        for name in unknown
        if not name.startswith(f"{PREFIX}TEST_")
    ]


def known_settings() -> set[str]:
    """Return the names of all settings: what the properties of the configuration read."""
    reader = _Reader()
    for name, member in vars(Configuration).items():
        if isinstance(member, property) and member.fget is not None:
            reader.read(name, member.fget)
    return {PREFIX + name for name in reader.names}


class _Reader(Configuration):
    """A configuration that notes what is read and answers with the default."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def read(self, name: str, getter: Callable[[Any], Any]) -> None:
        """Read one property; what it makes of a default does not matter here."""
        try:
            getter(self)
        except Exception as error:  # noqa: BLE001 - only the names are wanted
            _ = error

    def _get(self, name: str, default: Any) -> Any:
        self.names.add(name)
        return default


def check_first_hooks(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether the gates come first: a hook before them can show what they would lock."""
    return [
        Warning(
            f"The hook {found[0].__module__}.{found[0].__name__} comes before the gates.",
            hint=f"Register it for {name} with an order above {GATES_FIRST}.",
            id="wagtail_licensing.W002",
        )
        for name, ours in (
            ("before_serve_page", pages.before_serve),
            ("before_serve_document", documents.before_serve_document),
        )
        if (found := hooks.get_hooks(name)) and found[0] is not ours
    ]


def check_documents_can_be_gated(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether gated documents reach people past their gate, from a public storage."""
    method = getattr(settings, "WAGTAILDOCS_SERVE_METHOD", None)
    storage = get_document_model()._meta.get_field("file").storage
    if method == "direct" and _documents_are_gated():
        return [
            Error(
                "Gated documents are linked to directly, past their gates.",
                hint='Set WAGTAILDOCS_SERVE_METHOD = "serve_view".',
                id="wagtail_licensing.E004",
            )
        ]
    signed = getattr(storage, "querystring_auth", False)
    if method == "redirect" and not signed and _documents_are_gated():
        return [
            Warning(
                "Gated documents would be served from addresses that do not expire.",
                hint="Use a storage with signed addresses (querystring_auth), or set"
                ' WAGTAILDOCS_SERVE_METHOD = "serve_view", which is what happens anyway.',
                id="wagtail_licensing.W004",
            )
        ]
    return []


def _documents_are_gated() -> bool:
    """Tell whether a gate stands before documents; no, where there is no database to ask."""
    try:
        return Gate.objects.filter(kind__in=[GateKind.DOCUMENT, GateKind.COLLECTION]).exists()
    except Exception:  # noqa: BLE001 - checks run before the first migration and in image builds too
        return False


CHECKS = (
    check_backends,
    check_guardian_is_installed,
    check_addresses,
    check_anonymous_user,
    check_setting_names,
    check_first_hooks,
    check_documents_can_be_gated,
)
