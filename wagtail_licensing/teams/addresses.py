"""Which addresses are a person's."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string

from ..conf import conf
from ..domain.mailboxes import mailbox_key


def proven_addresses(user: Any) -> frozenset[str]:
    """Return the keys of the addresses that ``user`` has proved to own. At most one query.

    ``WAGTAIL_LICENSING_VERIFIED_ADDRESSES`` decides, else the verified ones of django-allauth. A site
    with neither knows of none.
    """
    found: Iterable[str] = ()
    if conf.verified_addresses:
        found = import_string(conf.verified_addresses)(user)
    elif _has_allauth():
        model: Any = apps.get_app_config("account").get_model("EmailAddress")
        found = model.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return frozenset(filter(None, map(mailbox_key, found)))


def owns_address(user: Any, key: str) -> bool:
    """Tell whether an offer made to the address with ``key`` is ``user``'s. At most one query.

    A site that verifies addresses goes by them alone. Elsewhere it is the address of the account,
    which together with the link out of that very mail box is what there is.
    """
    if not key or not user.is_authenticated or not user.is_active:
        return False
    if conf.verified_addresses or _has_allauth():
        return key in proven_addresses(user)
    return mailbox_key(str(getattr(user, "email", "") or "")) == key


def _has_allauth() -> bool:
    return apps.is_installed("allauth.account")
