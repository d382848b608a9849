"""Who asks: accounts made for the scan, none of a real person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from .. import licenses
from ..domain.states import Cause
from ..licenses import ChangedBy
from ..models import EntitlementRule, LicenseProduct

_BY = ChangedBy(cause=Cause.STAFF, reason="leak scan")


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody who asks; ``user`` is an ``AnonymousUser`` for the stranger."""

    name: str
    user: Any


def stranger() -> Persona:
    """Return the persona without an account."""
    return Persona("stranger", AnonymousUser())


def make_personas(
    run: str, *, at: datetime, products: Iterable[int] = (), slugs: Iterable[str] = ()
) -> tuple[Persona, list[Persona]]:
    """Make the licensed persona, and those without access: stranger, member, lapsed, other product.

    The licensed one holds every product that opens a gate, for longer than any of them asks, and those
    with the ids ``products`` or the ``slugs``, which open a block or a view.
    """
    wanted = Q(rules__isnull=False) | Q(pk__in=list(products)) | Q(slug__in=list(slugs))
    opening = list(LicenseProduct.objects.filter(wanted).distinct())
    days = max(EntitlementRule.objects.values_list("after_days", flat=True), default=0)
    licensed = Persona("licensed", _user(f"{run}-licensed"))
    lapsed = Persona("lapsed", _user(f"{run}-lapsed"))
    other = Persona("other product", _user(f"{run}-other"))
    for product in opening:
        begin = at - timedelta(days=days + 1)
        _give(product, licensed, starts=begin, ends=at + timedelta(days=1), at=at)
        ended = at - timedelta(days=400)
        _give(product, lapsed, starts=ended - timedelta(days=30), ends=ended, at=ended)
    elsewhere = LicenseProduct.objects.create(
        name="Leak scan", slug=f"leak-scan-{run}", kind="subscription"
    )
    _give(elsewhere, other, starts=at - timedelta(days=days + 1), ends=at + timedelta(days=1), at=at)
    member = Persona("member without a license", _user(f"{run}-member"))
    return licensed, [stranger(), member, lapsed, other]


def _give(
    product: LicenseProduct, persona: Persona, *, starts: datetime, ends: datetime, at: datetime
) -> None:
    licenses.issue_license(
        product=product,
        user=persona.user,
        source="by_hand",
        starts_at=starts,
        ends_at=ends,
        at=at,
        by=_BY,
    )


def _user(name: str) -> Any:
    model = get_user_model()
    user = model(**{model.USERNAME_FIELD: f"{name}@scan.invalid"})
    email = model.get_email_field_name()
    if any(field.name == email for field in model._meta.get_fields()):
        setattr(user, email, f"{name}@scan.invalid")
    user.set_unusable_password()
    user.save()
    return user
