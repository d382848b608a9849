"""A mail with sample names, for whoever writes its words."""

import logging

from django.utils import translation

from ..models import MailText
from ..models.notices import SAMPLE_VALUES
from .compose import mail_of
from .texts import Words

logger = logging.getLogger(__name__)


def send_sample(*, text: MailText, address: str) -> bool:
    """Send ``text`` as a member would get it to ``address``; tell whether the server took it."""
    language = text.language or translation.get_language() or "en"
    words = Words(text.subject, text.body, text.button)
    with translation.override(language):
        mail = mail_of(words, values=SAMPLE_VALUES, language=language, address=address)
    try:
        return mail.send() > 0
    except Exception as error:  # noqa: BLE001 - a mail backend may raise what it likes
        logger.warning("A test mail was not sent: %s", type(error).__name__)
        return False
