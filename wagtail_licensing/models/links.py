"""Links that work once: what a row keeps of one, and the token that stands in the mail.

The row keeps a random name. The token is that name, signed with the site's key: who reads the
database cannot make one, and who knows the key cannot guess the name. Every try to send the same
mail makes the same token; a new name ends all links that were sent before. That a link works once
is decided under the lock of its row, by whoever uses it.
"""

import secrets
from datetime import datetime
from typing import Self

from django.core.signing import BadSignature, Signer
from django.db import models
from django.utils.translation import gettext_lazy as _


def make_link_name() -> str:
    """Return a new name for a link: 192 random bits."""
    return secrets.token_urlsafe(24)


class SingleUseLink(models.Model):
    """A row that somebody is sent a link to. ``link_expires_at`` is UTC, exclusive.

    A subclass sets ``LINK_PURPOSE``: a token for one purpose opens nothing else.
    """

    LINK_PURPOSE = ""

    link_name = models.CharField(
        max_length=64, unique=True, default=make_link_name, editable=False, verbose_name=_("link")
    )
    link_expires_at = models.DateTimeField(_("link works until"))

    class Meta:
        abstract = True

    @classmethod
    def _signer(cls) -> Signer:
        return Signer(salt=f"wagtail_licensing.{cls.LINK_PURPOSE}")

    @property
    def link_token(self) -> str:
        """The token for the address in a mail. Not for logs, and not for pages."""
        return self._signer().sign(self.link_name)

    def link_works(self, at: datetime) -> bool:
        """Tell whether the link has not expired at ``at``; not whether it was used."""
        return at < self.link_expires_at

    def renew_link(self, *, until: datetime) -> None:
        """End every link that was sent before; the next one works before ``until``. Not saved."""
        self.link_name = make_link_name()
        self.link_expires_at = until

    @classmethod
    def with_token(cls, token: str) -> Self | None:
        """Return the row that ``token`` was made for, whether or not it still works. One query."""
        if len(token) > 200 or "\0" in token:
            return None
        try:
            name = cls._signer().unsign(token)
        except BadSignature:
            return None
        return cls._default_manager.filter(link_name=name).first()
