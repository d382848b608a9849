"""A screen that asks one question and does one thing."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin


class ConfirmView(WagtailAdminTemplateMixin, TemplateView):
    """Asks on GET and does it on POST, for those who have ``permission_required``."""

    template_name = "wagtail_licensing/admin/confirm.html"
    permission_required = ""
    #: The words of the button, and the name of the address to go back to.
    button: Any = ""
    back = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse those who may not; Wagtail leads them back with a message."""
        if not request.user.has_perm(self.permission_required):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def question(self) -> str:
        """Return what is asked: a sentence that says what will happen."""
        raise NotImplementedError

    def do(self) -> tuple[bool, str]:
        """Do it; return whether it worked, and what to say."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the question, the words of the button and the way back."""
        words = {"question": self.question(), "button": self.button, "back_url": reverse(self.back)}
        return {**super().get_context_data(**kwargs), **words}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it and go back."""
        worked, text = self.do()
        (messages.success if worked else messages.error)(request, text)
        return redirect(self.back)
