"""Have a storage sign an address that works for a minute, for a person who has passed the gate."""

import inspect
from typing import Any

#: Seconds. Long enough to follow a redirect, too short to pass on.
SHORTLY = 60


def signs_addresses(storage: Any) -> bool:
    """Tell whether ``storage`` gives out addresses that end, as those of django-storages do."""
    signed = getattr(storage, "querystring_auth", False) or getattr(storage, "expiration_secs", None)
    # A domain of one's own before the bucket is most often public: nothing is signed then.
    unsigned = getattr(storage, "custom_domain", None) and not getattr(
        storage, "cloudfront_signer", None
    )
    return bool(signed) and not unsigned and _takes_expire(storage)


def signed_address(file: Any) -> str:
    """Return an address of ``file`` at its storage that works for :data:`SHORTLY` seconds."""
    address: str = file.storage.url(file.name, expire=SHORTLY)
    return address


def _takes_expire(storage: Any) -> bool:
    try:
        return "expire" in inspect.signature(storage.url).parameters
    except (TypeError, ValueError):
        return False
