"""Rows that are written once: history, and versions of what was promised."""

from typing import Any

from django.db import connections, models, transaction


class AppendOnlyError(TypeError):
    """What is written once is never changed."""

    def __init__(self) -> None:
        super().__init__("what is written once is never changed and never deleted")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A queryset that adds and reads, and refuses the rest."""

    def update(self, **kwargs: Any) -> int:
        """Refuse."""
        raise AppendOnlyError

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnlyError

    def pseudonymise(self, **values: str | None) -> int:
        """Replace what names a person in these rows, and return how many there were.

        This is the only way in which such a row ever changes, and only in the fields that its model
        names as ``PERSONAL``: PostgreSQL itself refuses any other. Raises :class:`AppendOnlyError` for
        another field. Two queries more on PostgreSQL.
        """
        if not set(values) <= set(self.model.PERSONAL):
            raise AppendOnlyError
        connection = connections[self.db]
        with transaction.atomic(using=self.db):
            _say(connection, "on")
            changed = super().update(**values)
            _say(connection, "off")
        return changed


def _say(connection: Any, word: str) -> None:
    """Tell the trigger on PostgreSQL that this transaction erases, or does so no more."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('wagtail_licensing.erasing', %s, true)", [word])


class AppendOnlyModel(models.Model):
    """A model whose rows are written once. What they belong to may take them along when it goes.

    ``PERSONAL`` are the fields that may name a person, see :meth:`AppendOnlyQuerySet.pseudonymise`.
    """

    PERSONAL: tuple[str, ...] = ()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; refuse to write it again."""
        if self.pk is not None:
            raise AppendOnlyError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnlyError
