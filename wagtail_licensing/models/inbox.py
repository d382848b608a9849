"""The inbox of Stripe events, and the objects that wait to be read again. Tables are the queue."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class EventStatus(models.TextChoices):
    """What became of an inbox event."""

    NEW = "new", _("New")
    DONE = "done", _("Done")
    IGNORED = "ignored", _("Ignored")
    DEAD = "dead", _("Dead")


class StripeEvent(models.Model):
    """A verified event as it arrived. A hint that an object changed, never the truth about it.

    ``payload`` is emptied after a while (``is_purged``): it holds names and addresses of people.
    """

    account = models.SlugField(max_length=50, default="default")
    livemode = models.BooleanField(default=False)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    created = models.DateTimeField(_("created at Stripe"))
    received_at = models.DateTimeField(_("received"))
    object_kind = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=255, blank=True)
    payload = models.JSONField()
    is_purged = models.BooleanField(default=False)
    status = models.CharField(max_length=20, choices=EventStatus, default=EventStatus.NEW)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="wl_event_once", fields=["account", "livemode", "event_id"]),
            models.CheckConstraint(
                name="wl_event_status_known", condition=Q(status__in=EventStatus.values)
            ),
        ]
        indexes = [
            models.Index(name="wl_event_object", fields=["object_kind", "object_id", "status"]),
            models.Index(name="wl_event_unpurged", fields=["received_at"], condition=Q(is_purged=False)),
        ]

    def __str__(self) -> str:
        return self.event_id


class SyncTarget(models.Model):
    """A Stripe object that changed: to be read again while ``requested > applied``.

    ``token`` is the fencing token of the lease: only the worker that holds the newest one may
    write what it fetched. ``next_try`` (None: now) spaces out retries; ``is_dead`` parks it.
    ``is_import``: an import asked, so that nobody is told what it gives. ``object_created`` (None: not
    known) is where the object stands in Stripe's list of its kind.
    """

    account = models.SlugField(max_length=50, default="default")
    livemode = models.BooleanField(default=False)
    kind = models.CharField(max_length=60)
    object_id = models.CharField(max_length=255)
    object_created = models.DateTimeField(null=True, blank=True)
    requested = models.PositiveBigIntegerField(default=0)
    applied = models.PositiveBigIntegerField(default=0)
    requested_at = models.DateTimeField(null=True, blank=True)
    token = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField(null=True, blank=True)
    is_dead = models.BooleanField(default=False)
    is_import = models.BooleanField(default=False)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("sync target")
        verbose_name_plural = _("sync targets")
        constraints = [
            models.UniqueConstraint(
                name="wl_target_once", fields=["account", "livemode", "kind", "object_id"]
            ),
            models.CheckConstraint(name="wl_target_not_ahead", condition=Q(applied__lte=F("requested"))),
        ]
        indexes = [
            models.Index(
                name="wl_target_waiting",
                fields=["next_try"],
                condition=Q(requested__gt=F("applied"), is_dead=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
