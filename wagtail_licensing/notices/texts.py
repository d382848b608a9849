"""The words of the mails, until a site has its own. Translated when they are read."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from ..domain.notices import Notice
from ..models import MailText


class Words(NamedTuple):
    """The subject, the text and the button of a mail, with placeholders."""

    subject: str
    body: str
    button: str


_SEE_ACCOUNT = _("See your licenses")
_PAY = _("See what to do")

#: The words that come with the package.
DEFAULTS: dict[Notice, tuple[object, object, object]] = {
    Notice.WELCOME: (
        _("{{ product }} is yours"),
        _(
            "Hello {{ name }},\n\nyour license for {{ product }} has begun: {{ reference }}."
            "\n\nSign in, and everything that it opens is open to you."
        ),
        _SEE_ACCOUNT,
    ),
    Notice.RECEIPT: (
        _("Receipt for {{ product }}"),
        _(
            "Hello {{ name }},\n\nthank you. For {{ product }} you paid {{ amount }} on {{ paid }}."
            "\n\nNumber: {{ number }}\n\nYour invoices and payments stand in your account."
        ),
        _("See your payments"),
    ),
    Notice.RENEWAL_REMINDER: (
        _("{{ product }} renews soon"),
        _(
            "Hello {{ name }},\n\nyour license for {{ product }} renews on {{ end }}."
            "\n\nThere is nothing to do if you want to keep it. To change or cancel it, "
            "go to your account before then."
        ),
        _SEE_ACCOUNT,
    ),
    Notice.ENDING_REMINDER: (
        _("{{ product }} ends soon"),
        _(
            "Hello {{ name }},\n\nyour license for {{ product }} ends on {{ end }}. "
            "It does not renew by itself.\n\nTo keep what it opens, extend it before then."
        ),
        _SEE_ACCOUNT,
    ),
    Notice.TRIAL_ENDING: (
        _("Your trial of {{ product }} ends soon"),
        _(
            "Hello {{ name }},\n\nyour trial of {{ product }} ends on {{ end }}."
            "\n\nWhat happens then, and how to change it, stands in your account."
        ),
        _SEE_ACCOUNT,
    ),
    Notice.PAYMENT_FAILED: (
        _("Your payment for {{ product }} did not go through"),
        _(
            "Hello {{ name }},\n\nthe payment for {{ product }} did not go through. "
            "You keep access until {{ end }}.\n\nPlease look at your card before then."
        ),
        _PAY,
    ),
    Notice.ACCESS_ENDING: (
        _("Access to {{ product }} ends in two days"),
        _(
            "Hello {{ name }},\n\n{{ product }} is still not paid. Access ends on {{ end }}."
            "\n\nAs soon as it is paid, everything goes on as before."
        ),
        _PAY,
    ),
    Notice.ACCESS_LOST: (
        _("Access to {{ product }} has ended"),
        _(
            "Hello {{ name }},\n\n{{ product }} was not paid, so access has ended."
            "\n\nAs soon as it is paid, everything is back, your progress too."
        ),
        _PAY,
    ),
    Notice.RESTORED: (
        _("{{ product }} is open again"),
        _(
            "Hello {{ name }},\n\nthank you, {{ product }} is paid. "
            "Everything that it opens is open to you again."
        ),
        _SEE_ACCOUNT,
    ),
    Notice.CANCELLED: (
        _("{{ product }} is cancelled"),
        _(
            "Hello {{ name }},\n\nyour license for {{ product }} is cancelled. "
            "You keep access until {{ end }}.\n\nIf you change your mind before then, "
            "you can go on with it in your account."
        ),
        _SEE_ACCOUNT,
    ),
    Notice.ENDED: (
        _("{{ product }} has ended"),
        _(
            "Hello {{ name }},\n\nyour license for {{ product }} has ended."
            "\n\nWhat you did with it, such as your progress in courses, is kept."
        ),
        _SEE_ACCOUNT,
    ),
    Notice.SEATS_OVER: (
        _("{{ product }} has more people than seats"),
        _(
            "Hello {{ name }},\n\nyour license for {{ product }} has fewer seats now than people who "
            "use it.\n\nChoose in your account who stays, or add seats, until {{ end }}. "
            "After that the latest seats are suspended. Nobody is deleted."
        ),
        _("See your seats"),
    ),
    Notice.CLAIM: (
        _("{{ product }} waits for you"),
        _(
            "Hello,\n\nthank you for buying {{ product }} at {{ site }}. It was paid for with this "
            "address.\n\nOne step is left: open the link below, then sign in or choose a password. "
            "The link works once. Whoever has it can use it, so please do not pass it on."
        ),
        _("Open my purchase"),
    ),
    Notice.GIFT: (
        _("{{ giver }} gives you {{ product }}"),
        _(
            "Hello {{ recipient }},\n\n{{ giver }} gives you {{ product }} at {{ site }}.\n\n"
            "{{ message }}\n\nOpen the link below to accept it; its time begins only then. "
            "The link works once, so please do not pass it on."
        ),
        _("Accept the gift"),
    ),
    Notice.GIFT_CLAIMED: (
        _("Your gift was accepted"),
        _(
            "Hello {{ name }},\n\n{{ recipient }} has accepted your gift: {{ product }}.\n\n"
            "There is nothing left for you to do."
        ),
        _("See your gifts"),
    ),
    Notice.REGISTRATION: (
        _("Confirm your address for {{ product }}"),
        _(
            "Hello,\n\nsomebody, probably you, asked for {{ product }} at {{ site }} with this address. "
            "It is free.\n\nOpen the link below to confirm the address and to begin. If it was not "
            "you, do nothing, and nothing happens."
        ),
        _("Confirm and begin"),
    ),
    Notice.APPLIED: (
        _("Your application for {{ product }} has arrived"),
        _(
            "Hello {{ name }},\n\nthank you for your application for {{ product }}. "
            "We read it and write to you. Nothing was charged."
        ),
        _("See your application"),
    ),
    Notice.APPROVED: (
        _("Your application for {{ product }} was approved"),
        _(
            "Hello {{ name }},\n\nyour application for {{ product }} was approved.\n\n"
            "Open the page below to see what comes next. If there is something to pay, "
            "it says how much and until when."
        ),
        _("Go on"),
    ),
    Notice.REFUSED: (
        _("Your application for {{ product }}"),
        _(
            "Hello {{ name }},\n\nthank you for your application for {{ product }}. "
            "We did not approve it:\n\n{{ reason }}\n\nNothing was charged."
        ),
        _("See your application"),
    ),
    Notice.INVITATION: (
        _("{{ sender }} invites you to {{ team }}"),
        _(
            "Hello {{ name }},\n\n{{ sender }} invites you to {{ team }} on {{ site }}: {{ product }}."
            "\n\nThe button works once, for this address alone, until {{ end }}. Sign in or register "
            "with this address. If you do not know the sender, there is nothing to do."
        ),
        _("See the invitation"),
    ),
    Notice.SEAT_GIVEN: (
        _("You have a seat: {{ product }}"),
        _(
            "Hello {{ name }},\n\nyou were given a seat by {{ team }}: {{ product }}."
            "\n\nSign in, and everything that it opens is open to you."
        ),
        _SEE_ACCOUNT,
    ),
    Notice.TRANSFER_ASKED: (
        _("Do you agree to hand {{ product }} over?"),
        _(
            "Hello {{ name }},\n\n{{ site }} was asked to hand your license for {{ product }} "
            "({{ reference }}) over to somebody else.\n\nNothing happens unless you agree in your "
            "account until {{ end }}."
        ),
        _("See what was asked"),
    ),
    Notice.TRANSFER_OFFERED: (
        _("{{ sender }} wants to hand {{ product }} over to you"),
        _(
            "Hello {{ name }},\n\n{{ sender }} wants to hand {{ product }} over to you on {{ site }}."
            "\n\nThe button works once, for this address alone, until {{ end }}. Sign in or register "
            "with this address. If you do not know the sender, there is nothing to do."
        ),
        _("See the offer"),
    ),
    Notice.TRANSFER_DONE: (
        _("{{ product }} is handed over"),
        _(
            "Hello {{ name }},\n\n{{ product }} was accepted and is handed over."
            "\n\nWhat you pay for goes on until you cancel it: billing stays with you."
        ),
        _SEE_ACCOUNT,
    ),
}


def words_for(notice: Notice, language: str) -> Words:
    """Return the words of a mail: the site's in ``language``, the site's for all, or ours.

    Ours come in the active language: activate ``language`` before. One query.
    """
    own = {
        text.language: text
        for text in MailText.objects.filter(notice=notice.value, live=True)
        if text.language in {"", language, language.split("-")[0]}
    }
    text = own.get(language) or own.get(language.split("-")[0]) or own.get("")
    if text is not None:
        return Words(text.subject, text.body, text.button)
    subject, body, button = DEFAULTS[notice]
    return Words(str(subject), str(body), str(button))
