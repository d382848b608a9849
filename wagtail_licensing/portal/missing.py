"""What somebody may not reach is not there: one page, the same for all of them."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from .responses import tell


def not_there(request: HttpRequest) -> HttpResponse:
    """Say that there is nothing here, and lead back to the account: 404."""
    return tell(
        request,
        heading=_("There is nothing here"),
        text=_("It may have been handed over or taken away, or it is not yours."),
        status=404,
        links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
    )
