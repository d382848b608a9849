"""System checks. An id is never reused and never changes its meaning.

E: will not work or is not safe. W: works, but unwise. Each has a hint. One module per owner of ids:
``access`` E001-E019 and W001-W019.
"""

from django.core.checks import register

from . import access

#: Every check function, each of which returns a list of messages.
CHECKS = (*access.CHECKS,)


def register_checks() -> None:
    """Register every check; called once, when the application is ready."""
    for check in CHECKS:
        register(check, "wagtail_licensing")
