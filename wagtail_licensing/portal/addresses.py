"""What may be typed as an address."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..domain.mailboxes import mailbox_key


def real_address(typed: str) -> None:
    """Refuse what would be taken for the address of somebody else. Raises ``ValidationError``."""
    if not mailbox_key(typed):
        raise ValidationError(_("This is no address that we can write to."))
