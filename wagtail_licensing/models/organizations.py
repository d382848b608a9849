"""Organizations: holders of licenses that are not one person."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Organization(models.Model):
    """A company, school or team that holds licenses; people use them through seats."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=200, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
