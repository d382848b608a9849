"""Issue and revoke certificates."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction

from ..models import Certificate, CourseMixin
from ..signals import certificate_issued
from .outline import outline


class NotComplete(Exception):  # noqa: N818 - the field's word for it
    """The course gives no certificate, or lessons of it are not done."""


class CertificateRevoked(Exception):  # noqa: N818 - the field's word for it
    """The certificate was revoked before; the first time stands."""


def issue_certificate(*, user: Any, course: Any, at: datetime) -> Certificate:
    """Return the certificate of ``user`` for ``course``; a new one the first time.

    It bears the name and the title of now. One that was revoked is returned as it is: nobody gets
    another. Raises :class:`NotComplete`. Sends ``certificate_issued`` after the commit. Whether the
    course is open to the person is for the caller to ask.
    """
    found = Certificate.objects.filter(user_id=user.pk, course_id=course.pk).first()
    if found is not None:
        return found
    gives = getattr(course, "gives_certificate", False)
    if not gives or not outline(course, user=user, at=at).is_finished:
        raise NotComplete
    with transaction.atomic():
        certificate, created = Certificate.objects.get_or_create(
            user_id=user.pk,
            course_id=course.pk,
            defaults={
                "name": name_of(user)[:255],
                "course_title": str(course.title)[:255],
                "issued_at": at,
            },
        )
        if created:
            transaction.on_commit(lambda: _announce(certificate))
    return certificate


def revoke_certificate(*, certificate_id: int, by: Any, reason: str, at: datetime) -> Certificate:
    """Revoke a certificate and say who did it, why and when; return it.

    Raises :class:`ValueError` without a reason and :class:`CertificateRevoked` the second time.
    """
    reason = reason.strip()[:255]
    if not reason:
        raise ValueError("a certificate is revoked for a reason")
    changed = Certificate.objects.filter(pk=certificate_id, revoked_at__isnull=True).update(
        revoked_at=at, revoked_by=by, revoke_reason=reason
    )
    if not changed:
        raise CertificateRevoked
    return Certificate.objects.get(pk=certificate_id)


def courses_with_certificates(course_ids: Iterable[Any]) -> frozenset[Any]:
    """Return those of the courses that give a certificate. One query for each model of courses."""
    ids = list(course_ids)
    found: set[Any] = set()
    for model in apps.get_models():
        if ids and issubclass(model, CourseMixin):
            giving = model._default_manager.filter(pk__in=ids, gives_certificate=True)
            found.update(giving.values_list("pk", flat=True))
    return frozenset(found)


def name_of(user: Any) -> str:
    """Return the name of ``user`` for others to read: never a mail address."""
    full = user.get_full_name() if hasattr(user, "get_full_name") else ""
    return str(full).strip() or str(user.get_username()).partition("@")[0]


def _announce(certificate: Certificate) -> None:
    certificate_issued.send_robust(sender=Certificate, certificate=certificate)
