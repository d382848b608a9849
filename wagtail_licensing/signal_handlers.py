"""Connects the package to signals: what others do that concerns us, and what we announce."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from wagtail.models import Collection
from wagtail.signals import post_page_move, pre_page_move

from .access.freshness import watch
from .compat import page_model
from .gates import upkeep
from .gates.copies import watch_copies
from .models import EntitlementRule, Gate
from .wagtail_admin import log_actions


def connect() -> None:
    """Connect every receiver; called once, when the application is ready."""
    _connect_gates()
    log_actions.connect()


def _connect_gates() -> None:
    watch()
    upkeep.watch_collection_moves()
    upkeep.watch_shifts()
    watch_copies()
    pre_page_move.connect(upkeep.page_moves, dispatch_uid="wagtail_licensing.page_moves")
    post_page_move.connect(upkeep.page_moved, dispatch_uid="wagtail_licensing.page_moved")
    pre_save.connect(_page_is_saved, dispatch_uid="wagtail_licensing.page_is_saved")
    post_save.connect(_page_was_saved, dispatch_uid="wagtail_licensing.page_was_saved")
    page = page_model()
    pre_delete.connect(upkeep.page_goes, sender=page, dispatch_uid="wagtail_licensing.page_goes")
    post_delete.connect(upkeep.page_went, sender=page, dispatch_uid="wagtail_licensing.page_went")
    for model in (Gate, EntitlementRule):
        name = f"wagtail_licensing.{model.__name__}"
        # A cascade deletes rows without calling their delete(), a fixture writes past save().
        post_delete.connect(upkeep.raise_stamp, sender=model, dispatch_uid=f"{name}.deleted")
        post_save.connect(upkeep.raise_stamp_of_fixture, sender=model, dispatch_uid=f"{name}.loaded")
    for signal in (post_save, post_delete):
        signal.connect(
            upkeep.raise_stamp_if_gated,
            sender=Collection,
            dispatch_uid=f"wagtail_licensing.collection.{id(signal)}",
        )


def _page_is_saved(sender: Any, **kwargs: Any) -> None:
    if isinstance(kwargs["instance"], page_model()):
        upkeep.page_is_saved(**kwargs)


def _page_was_saved(sender: Any, **kwargs: Any) -> None:
    if isinstance(kwargs["instance"], page_model()):
        upkeep.page_was_saved(**kwargs)
