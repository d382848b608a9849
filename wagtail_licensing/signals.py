"""Signals of the package. Each is sent after the transaction has been committed, with robust receivers.

``license_issued``: sender ``License``; ``license``, ``event``.
``license_changed``: sender ``License``; ``license``, ``event`` (a ``LicenseEvent``).
``access_denied``: sender ``AccessDecision``; ``user_id``, ``target``, ``decision``.
``gate_changed``: sender ``Gate``; ``gate``, ``user`` (or None), ``action``, ``before``,
``after`` (what the gate says as JSON, or None).
"""

from django.dispatch import Signal

__all__ = ["access_denied", "gate_changed", "license_changed", "license_issued"]

license_issued = Signal()
license_changed = Signal()
access_denied = Signal()
gate_changed = Signal()
