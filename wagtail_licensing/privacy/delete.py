"""Delete an account: ask for it, withdraw it, and do it."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..domain.states import Cause, State
from ..licenses import ChangedBy, release_seat, revoke_license
from ..models import AccountDeletion, License, LicenseSeat
from ..models.append_only import AppendOnlyModel
from ..models.licenses import SeatState
from ..models.privacy import DeletionState
from ..signals import account_deleted
from .classes import Fate, ModelData, Rows
from .pseudonym import clear_log, make_nobody, make_pseudonym, names_of, replace_names
from .refusals import reasons_against
from .rows import personal_rows


class DeletionRefused(ValueError):  # noqa: N818 - the field's word for it
    """The account cannot be deleted now; ``reasons`` are for people."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def request_deletion(
    *, user: Any, billing: str, at: datetime, requested_by: Any, reason: str = ""
) -> AccountDeletion:
    """Write down that the account of ``user`` is to be deleted; one that waits takes the new choice.

    ``billing`` is a ``DeletionBilling``. Raises :class:`DeletionRefused`.
    """
    with transaction.atomic():
        get_user_model()._base_manager.select_for_update().get(pk=user.pk)
        if reasons := reasons_against(user):
            raise DeletionRefused(reasons)
        deletion, _created = AccountDeletion.objects.update_or_create(
            user=user,
            state=DeletionState.WAITING,
            defaults={
                "billing": billing,
                "requested_at": at,
                "requested_by": requested_by,
                "reason": reason[:500],
                "stopped_at": None,
                "next_try": at,
            },
        )
    return deletion


def waiting_deletion(user: Any) -> AccountDeletion | None:
    """Return the deletion of the account that waits, if there is one. One query."""
    return AccountDeletion.objects.filter(user=user, state=DeletionState.WAITING).first()


def withdraw_deletion(*, user: Any) -> bool:
    """Keep the account; tell whether a deletion waited. What was cancelled stays cancelled."""
    waiting = AccountDeletion.objects.filter(user=user, state=DeletionState.WAITING)
    return bool(waiting.update(state=DeletionState.WITHDRAWN))


def delete_account(*, deletion_id: int, at: datetime) -> bool:
    """Erase and pseudonymise as the table says, all or nothing; tell whether it was done now.

    The caller has seen to it that nothing more is charged. Raises :class:`DeletionRefused`.
    """
    with transaction.atomic():
        deletion = AccountDeletion.objects.select_for_update().get(pk=deletion_id)
        if deletion.state != DeletionState.WAITING:
            return False
        user = get_user_model()._base_manager.select_for_update().get(pk=deletion.user_id)
        if reasons := reasons_against(user):
            raise DeletionRefused(reasons)
        by = ChangedBy(cause=Cause.STAFF, reason=_("The account was deleted."))
        _give_up_places(user, at=at, by=by)
        names, pseudonym = names_of(user), make_pseudonym()
        deletion.state = DeletionState.DONE
        deletion.done_at = at
        deletion.save()
        for row, rows in personal_rows(user):
            _clear(row, rows, names, pseudonym)
        clear_log(user, names, pseudonym)
        make_nobody(user, pseudonym)
        account_deleted.send(sender=type(user), user_id=user.pk, pseudonym=pseudonym)
    return True


def _give_up_places(user: Any, *, at: datetime, by: ChangedBy) -> None:
    """Release seats and revoke licenses: nobody is left to use them."""
    seats = LicenseSeat.objects.filter(user=user).exclude(state=SeatState.RELEASED)
    for seat_id in list(seats.values_list("pk", flat=True)):
        release_seat(seat_id=seat_id, at=at, by=by)
    held = License.objects.filter(user=user).exclude(state__in=[State.REVOKED, State.EXPIRED])
    for license_id in list(held.values_list("pk", flat=True)):
        revoke_license(license_id=license_id, at=at, by=by)


def _clear(row: ModelData, rows: QuerySet[Any], names: list[str], pseudonym: str) -> None:
    if row.rows is Rows.DELETED:
        rows.delete()
        return
    texts = [name for name in row.names(Fate.PSEUDONYMISED) if not _is_key(rows.model, name)]
    for one in rows.only("pk", *texts) if texts else ():
        said = {name: replace_names(getattr(one, name), names, pseudonym) for name in texts}
        changed = {name: text for name, text in said.items() if text != getattr(one, name)}
        if changed:
            _write(rows.model, [one.pk], changed)
    emptied = {name: _empty(rows.model, name) for name in row.names(Fate.ERASED)}
    if emptied:
        if row.model == "StripeEvent":
            emptied["is_purged"] = True
        _write(rows.model, list(rows.values_list("pk", flat=True)), emptied)


def _write(model: type[models.Model], ids: list[Any], values: dict[str, Any]) -> None:
    """Change rows; those that are written once in the one way that is left for what the law asks."""
    if issubclass(model, AppendOnlyModel):
        model.objects.filter(pk__in=ids).pseudonymise(**values)
    else:
        models.QuerySet(model).filter(pk__in=ids).update(**values)


def _is_key(model: type[models.Model], name: str) -> bool:
    return bool(model._meta.get_field(name).is_relation)


def _empty(model: type[models.Model], name: str) -> Any:
    field = model._meta.get_field(name)
    if isinstance(field, models.JSONField):
        return field.get_default() if field.has_default() else {}
    return None if getattr(field, "null", False) else ""
