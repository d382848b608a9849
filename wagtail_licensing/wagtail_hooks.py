"""Hands Wagtail's hooks over to the capabilities; decides nothing."""

from wagtail import hooks

from .gates import documents, pages
from .wagtail_admin.registration import register_admin

# The gates come before every other hook: the first answer wins.
GATES_FIRST = -100
SENDING_LAST = 1_000_000

hooks.register("before_serve_page", pages.before_serve, order=GATES_FIRST)
hooks.register("on_serve_page", pages.on_serve, order=GATES_FIRST)
hooks.register("on_serve_page", pages.after_core, order=-GATES_FIRST)
hooks.register("before_serve_document", documents.before_serve_document, order=GATES_FIRST)
# What sends a gated document comes after all hooks that may still refuse it.
hooks.register("before_serve_document", documents.send_document, order=SENDING_LAST)

# Menu, screens, buttons, log.
register_admin()
