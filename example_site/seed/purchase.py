"""Buys through the site's own checkout, as a member with a browser would."""

from typing import Any

from django.test import Client
from django.urls import reverse

from wagtail_licensing.models import ProductPrice

from ..browser import Browser


def buy(user: Any, price: ProductPrice, *, organization: str = "", seats: int = 1) -> None:
    """Let ``user`` buy ``price``: our button, Stripe's page, our return page. Raises if that fails.

    ``organization`` is the slug of the one that they buy for.
    """
    site = Client(SERVER_NAME="127.0.0.1")
    site.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    wish = {"quantity": str(seats), "for": organization}
    answer = site.post(reverse("wagtail_licensing:buy", args=[price.pk]), wish)
    if answer.status_code not in (302, 303):
        raise RuntimeError(f"checkout did not start: {answer.status_code}")
    stripe = Browser()
    paid = stripe.pay(stripe.get(answer["Location"]), email=user.email)
    back = site.get(paid.location)
    if back.status_code >= 400:
        raise RuntimeError(f"the return page answered {back.status_code}")
