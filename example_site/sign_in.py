"""Sign in with one click (demo only), and register."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import BaseUserCreationForm
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

BACKEND = "django.contrib.auth.backends.ModelBackend"

#: Who can be signed in with one click: user name, and where they start.
PEOPLE = {
    "editor": ("edith", "wagtailadmin_home"),
    "member": ("mia", "/"),
    "owner": ("olivia", "wagtailadmin_home"),
}


class RegistrationForm(BaseUserCreationForm):
    """A new member: name, mail and a password."""

    class Meta:
        model = get_user_model()
        fields = ("username", "email")


def next_path(request: HttpRequest, default: str) -> str:
    """Return the path in ``next`` if it leads to this very site, otherwise ``default``."""
    wished = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wished, {request.get_host()}, require_https=request.is_secure()):
        return wished
    return default


@require_POST
def be(request: HttpRequest, who: str) -> HttpResponse:
    """Sign in as one of the demo's people, or as a brand-new member (``new``). Refused without DEBUG."""
    if not settings.DEBUG:
        raise Http404
    if who == "new":
        user, start = new_member(), "/"
    elif who in PEOPLE:
        name, start = PEOPLE[who]
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user is None:
            raise Http404
    else:
        raise Http404
    login(request, user, backend=BACKEND)
    messages.success(
        request, _("You are %(name)s now.") % {"name": user.get_full_name() or user.username}
    )
    return redirect(next_path(request, resolve_url(start)))


def new_member():
    """Create a member with a number for a name, without a password, and return the user."""
    users = get_user_model().objects
    number = users.filter(username__startswith="visitor-").count()
    while True:
        number += 1
        name = f"visitor-{number}"
        try:
            with transaction.atomic():
                return users.create_user(
                    name, f"{name}@example.org", None, first_name="Visitor", last_name=str(number)
                )
        except IntegrityError:
            continue


@sensitive_post_parameters("password1", "password2")
def register(request: HttpRequest) -> HttpResponse:
    """Create an account, sign in and go on to where the visitor came from."""
    form = RegistrationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        login(request, user, backend=BACKEND)
        return redirect(next_path(request, reverse("wagtail_licensing:plans")))
    return render(request, "example_site/register.html", {"form": form, "next": next_path(request, "")})
