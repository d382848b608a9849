"""How a model is classified: whose rows they are, what the person gets, and what is left of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Rows(StrEnum):
    """What becomes of the rows about a person when their account is erased."""

    NOBODYS = "nobody's"
    DELETED = "deleted"
    KEPT = "kept"


class Fate(StrEnum):
    """What becomes of a field when the account is erased.

    ``ERASED``: gone with its row, or emptied. ``PSEUDONYMISED``: a key to the user points at an
    account without a name from then on; in a text, what names the person is replaced. ``KEPT``: as
    it is, for a reason.
    """

    ERASED = "erased"
    PSEUDONYMISED = "pseudonymised"
    KEPT = "kept"


#: The way to a person through the ids of their objects at Stripe: there is no key to follow.
BY_STRIPE_ID = "by Stripe id"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: whether the person gets it, what becomes of it, and why it is kept or held back."""

    fate: Fate
    exported: bool
    why_kept: str = ""
    why_withheld: str = ""


@dataclass(frozen=True, slots=True)
class ModelData:
    """One model of the app. ``person`` is the look-up from a row to the user that it is about."""

    model: str
    rows: Rows
    person: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)

    def names(self, fate: Fate) -> list[str]:
        """Return the names of the fields with ``fate``."""
        return [name for name, row in self.fields.items() if row.fate is fate]

    @property
    def exported(self) -> list[str]:
        """Return the names of the fields that the person gets, in the order of the table."""
        return [name for name, row in self.fields.items() if row.exported]


class ClassifiedTwice(ValueError):  # noqa: N818 - says what is wrong
    """A row of the table names a field twice, or only one half of what is to be said of it."""


def nobodys(model: str, fields: str, *, why: str) -> ModelData:
    """Classify a model that says nothing of a member: nothing to export, everything stays."""
    names = _once(model, [fields])
    rows = {name: Field(Fate.KEPT, exported=False, why_kept=why, why_withheld=why) for name in names}
    return ModelData(model, Rows.NOBODYS, fields=rows)


def deleted(
    model: str, *, person: str, exported: str, withheld: Mapping[str, str] | None = None
) -> ModelData:
    """Classify a model whose rows go with the person. ``withheld``: reason -> names of fields."""
    shown = _export(model, exported, withheld or {})
    rows = {name: Field(Fate.ERASED, exported=not why, why_withheld=why) for name, why in shown.items()}
    return ModelData(model, Rows.DELETED, person, rows)


def kept(
    model: str,
    *,
    person: str,
    exported: str,
    withheld: Mapping[str, str] | None = None,
    kept: Mapping[str, str],
    erased: str = "",
    pseudonymised: str = "",
) -> ModelData:
    """Classify a model whose rows stay. ``withheld`` and ``kept``: reason -> names of fields.

    Each field is named twice: once for the copy (``exported`` or ``withheld``), once for what is left
    (``erased``, ``pseudonymised`` or ``kept``).
    """
    shown = _export(model, exported, withheld or {})
    left = dict.fromkeys(erased.split(), Fate.ERASED)
    left |= dict.fromkeys(pseudonymised.split(), Fate.PSEUDONYMISED)
    reasons = dict(_reasons(kept))
    left |= dict.fromkeys(reasons, Fate.KEPT)
    _once(model, [erased, pseudonymised, *kept.values()])
    if half := set(shown) ^ set(left):
        raise ClassifiedTwice(f"{model}: only half is said of {', '.join(sorted(half))}")
    rows = {
        name: Field(left[name], not why, why_kept=reasons.get(name, ""), why_withheld=why)
        for name, why in shown.items()
    }
    return ModelData(model, Rows.KEPT, person, rows)


def _export(model: str, exported: str, withheld: Mapping[str, str]) -> dict[str, str]:
    """Return every field with the reason why it is held back, empty where it is not."""
    _once(model, [exported, *withheld.values()])
    return dict.fromkeys(exported.split(), "") | dict(_reasons(withheld))


def _reasons(fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for why, names in fields.items():
        for name in names.split():
            yield name, why


def _once(model: str, lists: list[str]) -> list[str]:
    names = " ".join(lists).split()
    if twice := {name for name in names if names.count(name) > 1}:
        raise ClassifiedTwice(f"{model} names {', '.join(sorted(twice))} twice")
    return names
