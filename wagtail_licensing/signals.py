"""Signals of the package. Each is sent after the transaction has been committed, with robust receivers.

``license_issued``: sender ``License``; ``license``, ``event``.
``license_changed``: sender ``License``; ``license``, ``event`` (a ``LicenseEvent``).
``access_denied``: sender ``AccessDecision``; ``user_id``, ``target``, ``decision``.
``gate_changed``: sender ``Gate``; ``gate``, ``user`` (or None), ``action``, ``before``,
``after`` (what the gate says as JSON, or None).
``certificate_issued``: sender ``Certificate``; ``certificate``.

``history_written`` is the exception: sender ``LicenseEvent``; ``license``, ``event``. It is sent
*inside* the transaction, for what has to be written down together with the change. A receiver that
raises undoes the change; one that calls out holds its locks. ``mail_waits``: sender
``OutboxMessage``, after the commit. ``account_deleted`` is sent inside the transaction, too: sender is
the user model; ``user_id``, ``pseudonym``. A site erases there what it keeps about the person itself.

``history_kept`` and ``history_committed`` say the same for many licenses at once, inside the
transaction and after it: sender ``LicenseEvent``; ``lines``, a list of (license, event). A receiver
that writes something for each line does it there in one statement.

``mail_called_for``: sender ``OutboxMessage``; ``notice``, ``key``, ``at``, and those of ``user``,
``license``, ``invitation``, ``transfer`` that it is about. Sent *inside* the transaction as well.
"""

from django.dispatch import Signal

__all__ = [
    "account_deleted",
    "access_denied",
    "certificate_issued",
    "gate_changed",
    "history_committed",
    "history_kept",
    "history_written",
    "license_changed",
    "license_issued",
    "mail_called_for",
    "mail_waits",
]

license_issued = Signal()
license_changed = Signal()
access_denied = Signal()
gate_changed = Signal()
certificate_issued = Signal()
history_written = Signal()
history_kept = Signal()
history_committed = Signal()
mail_waits = Signal()
account_deleted = Signal()
mail_called_for = Signal()
