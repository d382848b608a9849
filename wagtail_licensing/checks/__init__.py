"""System checks. An id is never reused and never changes its meaning.

E: will not work or is not safe. W: works, but unwise. Each has a hint. One module per owner of ids:
``access`` E001-E004, W001-W005, W013 and W014, ``files`` E005-E009 and W006-W010, ``apis`` W011 and
W012, ``code`` W015, ``floor`` W018, ``admin`` W016, W017 and W019, ``billing`` E020-E039 and W020-W039,
``mail`` E040-E049 and W040-W049, ``selling`` E050-E059 and W050-W059, ``api`` E060-E069, ``teams``
E070-E079.
"""

from django.core.checks import register

from . import access, admin, api, apis, billing, caches, code, files, floor, mail, selling, teams

#: Every check function, each of which returns a list of messages.
CHECKS = (
    *access.CHECKS,
    *files.CHECKS,
    *apis.CHECKS,
    *caches.CHECKS,
    *code.CHECKS,
    *floor.CHECKS,
    *admin.CHECKS,
    *billing.CHECKS,
    *mail.CHECKS,
    *api.CHECKS,
    *selling.CHECKS,
    *teams.CHECKS,
)


def register_checks() -> None:
    """Register every check; called once, when the application is ready."""
    for check in CHECKS:
        register(check, "wagtail_licensing")
    for check in (*mail.DEPLOY_CHECKS, *selling.DEPLOY_CHECKS):
        register(check, "wagtail_licensing", deploy=True)
