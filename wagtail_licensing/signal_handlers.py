"""Connects the package to signals: what others do that concerns us, and what we announce."""

from typing import Any

from django.db.models.signals import (
    m2m_changed,
    post_delete,
    post_save,
    pre_delete,
    pre_save,
)
from wagtail.models import Collection, PageViewRestriction
from wagtail.signals import post_page_move, pre_page_move

from .access.freshness import watch
from .compat import page_model
from .gates import floor, upkeep
from .gates.copies import watch_copies
from .gates.places import watch_places
from .gates.preview import offer_previews
from .gates.purging import watch_gates
from .models import EntitlementRule, Gate
from .models.gates import on_stamp_raised
from .notices.queue import note_call, note_changes
from .signals import history_kept, mail_called_for, mail_waits
from .tasks import ring_mail
from .wagtail_admin import log_actions


def connect() -> None:
    """Connect every receiver; called once, when the application is ready."""
    _connect_gates()
    _connect_floor()
    log_actions.connect()
    history_kept.connect(note_changes, dispatch_uid="wagtail_licensing.note_changes")
    mail_called_for.connect(note_call, dispatch_uid="wagtail_licensing.note_call")
    mail_waits.connect(ring_mail, dispatch_uid="wagtail_licensing.ring_mail")


def _connect_gates() -> None:
    watch()
    upkeep.watch_collection_moves()
    upkeep.watch_shifts()
    watch_copies()
    offer_previews()
    watch_places()
    watch_gates()
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


def _connect_floor() -> None:
    # After the gate index has been told: what it loads next is what we make true here.
    on_stamp_raised(floor.sync_floor)
    floor.close_floor()
    restriction = PageViewRestriction
    pre_delete.connect(floor.restriction_goes, sender=restriction, dispatch_uid="wl.floor.goes")
    post_delete.connect(floor.restriction_went, sender=restriction, dispatch_uid="wl.floor.went")
    post_save.connect(floor.restriction_was_saved, sender=restriction, dispatch_uid="wl.floor.saved")
    through = restriction.groups.through
    m2m_changed.connect(floor.groups_changed, sender=through, dispatch_uid="wl.floor.groups")


def _page_is_saved(sender: Any, **kwargs: Any) -> None:
    if isinstance(kwargs["instance"], page_model()):
        upkeep.page_is_saved(**kwargs)


def _page_was_saved(sender: Any, **kwargs: Any) -> None:
    if isinstance(kwargs["instance"], page_model()):
        upkeep.page_was_saved(**kwargs)
