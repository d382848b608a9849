"""A sentence for every reason code of an access decision."""

from django.utils.translation import gettext as _

from ..domain.access import AccessDecision, AccessReason
from .formats import format_instant


def reason_text(decision: AccessDecision) -> str:
    """Return one sentence for people that says why ``decision`` is as it is."""
    if decision.reason is AccessReason.DOWNLOADS_USED_UP and decision.unlocks_at is not None:
        return _("You have had all downloads of this month. There are more from %(instant)s.") % {
            "instant": format_instant(decision.unlocks_at)
        }
    if decision.unlocks_at is not None:
        return _("Opens for you on %(instant)s.") % {"instant": format_instant(decision.unlocks_at)}
    return _sentences().get(decision.reason, _sentences()[AccessReason.ERROR])


def _sentences() -> dict[AccessReason, str]:
    return {
        AccessReason.NO_GATE: _("This is open to everybody."),
        AccessReason.OPEN_TO_ALL: _("This is a free preview, open to everybody."),
        AccessReason.SIGNED_IN: _("This is open to every signed-in member."),
        AccessReason.LICENSE: _("Your license opens this."),
        AccessReason.GRANT: _("You were given access to this."),
        AccessReason.KEPT: _("You keep what was published while you had a license."),
        AccessReason.METERED: _("This is one of your free pages this month."),
        AccessReason.EDITOR: _("You can open this because you may edit it."),
        AccessReason.SIGN_IN_REQUIRED: _("This is for members."),
        AccessReason.LICENSE_REQUIRED: _("You need a license to open this."),
        AccessReason.OTHER_PRODUCT: _("Your license does not include this."),
        AccessReason.LICENSE_PENDING: _("Your license is not active yet."),
        AccessReason.LICENSE_NOT_STARTED: _("Your license has not started yet."),
        AccessReason.LICENSE_EXPIRED: _("Your license for this has ended."),
        AccessReason.LICENSE_SUSPENDED: _("Your license for this is suspended."),
        AccessReason.LICENSE_REVOKED: _("Your license for this was taken back."),
        AccessReason.NOT_YET: _("This opens after you have held your license for some time."),
        AccessReason.DOWNLOADS_USED_UP: _("You have had all downloads of this month."),
        AccessReason.INACTIVE_USER: _("Your account is switched off."),
        AccessReason.ERROR: _("We could not find out whether this opens for you. Please try again."),
    }
