"""How often one source may ask for what costs a mail or a call to Stripe: counted in Django's cache."""

import logging
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from ..conf import conf
from ..domain.sources import is_anybodys, source_of

logger = logging.getLogger(__name__)

#: Seconds in which it is counted: by the hours of the clock.
HOUR = 3600

#: How many people may stand behind a source that is not one of the Internet: a proxy, an office.
SHARED_BY = 25


def may_ask(request: HttpRequest, *, what: str, at: datetime) -> bool:
    """Count one more request of this source for ``what``, and tell whether it is within the limit.

    ``WAGTAIL_LICENSING_SOURCE_LIMIT`` an hour; 0 counts nothing. The address is not kept: the cache
    knows a digest of it, for an hour. A cache that does not answer: no.
    """
    most = conf.source_limit
    if not most:
        return True
    source = source_of(
        peer=str(request.META.get("REMOTE_ADDR") or ""),
        forwarded=str(request.META.get("HTTP_X_FORWARDED_FOR") or ""),
        proxies=conf.trusted_proxies,
    )
    if is_anybodys(source):
        most *= SHARED_BY
    try:
        return _count(f"{what} {source}", int(at.timestamp()) // HOUR) <= most
    except Exception:
        logger.exception("Requests for %s cannot be counted and are refused", what)
        return False


def _count(of: str, hour: int) -> int:
    digest = salted_hmac("wagtail_licensing.limits", f"{hour} {of}", algorithm="sha256").hexdigest()
    key = f"wagtail_licensing:{digest}"
    if cache.add(key, 1, timeout=HOUR):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it was thrown out in this very moment, or nothing is kept at all
        return 1
