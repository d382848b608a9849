"""System checks. An id is never reused and never changes its meaning.

E: will not work or is not safe. W: works, but unwise. Each has a hint. One module per owner of ids:
``access`` E001-E019 and W001-W019, ``billing`` E020-E039 and W020-W039.
"""

from django.core.checks import register

from . import access, billing

#: Every check function, each of which returns a list of messages.
CHECKS = (*access.CHECKS, *billing.CHECKS)


def register_checks() -> None:
    """Register every check; called once, when the application is ready."""
    for check in CHECKS:
        register(check, "wagtail_licensing")
