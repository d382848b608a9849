"""The ways in which sites of the tests say who asks."""

from django.contrib.auth import get_user_model


def by_token(request):
    """Whose username is the token."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return get_user_model().objects.filter(username=token).first()


def broken(request):
    raise RuntimeError("the site's own function is broken")
