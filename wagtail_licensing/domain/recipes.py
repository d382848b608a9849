"""Where the lists come from that people bring: names of columns, and which members count.

The columns are those of the exporters' own documentation; what a file has beside them is ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .import_rows import Field


class Recipe(StrEnum):
    """Who made the file. Stored: a value is for ever."""

    ANY = "any"
    GHOST = "ghost"
    PMPRO = "pmpro"
    WOOCOMMERCE = "woocommerce"


@dataclass(frozen=True, slots=True)
class RecipeRules:
    """The usual names of columns (lower case), and the values of a status that let a row in."""

    names: Mapping[Field, Sequence[str]]
    living: frozenset[str] = field(default_factory=frozenset)


_ANY = {
    Field.EMAIL: ("email", "e-mail", "email address", "e-mail address", "mail"),
    Field.NAME: ("name", "full name", "member"),
    Field.FIRST_NAME: ("first name", "first_name", "firstname", "given name"),
    Field.LAST_NAME: ("last name", "last_name", "lastname", "surname", "family name"),
    Field.PRODUCT: ("product", "license product", "plan", "membership", "tier"),
    Field.STARTS: ("starts", "start", "starts_at", "start date", "start_date"),
    Field.ENDS: ("ends", "end", "ends_at", "end date", "end_date", "last day", "expires"),
    Field.SEATS: ("seats", "quantity"),
    Field.KEY: ("key", "id", "reference", "external id"),
}

RECIPES: Mapping[Recipe, RecipeRules] = {
    Recipe.ANY: RecipeRules(names=_ANY),
    # Members > Export: those with a Stripe customer are imported from Stripe itself.
    Recipe.GHOST: RecipeRules(
        names={
            Field.EMAIL: ("email",),
            Field.NAME: ("name",),
            Field.KEY: ("id",),
            Field.STARTS: ("created_at",),
            Field.PRODUCT: ("tiers",),
            Field.STATUS: ("complimentary_plan",),
            Field.STRIPE: ("stripe_customer_id",),
        },
        living=frozenset({"true", "1", "yes"}),
    ),
    # Memberships > Members > Export to CSV.
    Recipe.PMPRO: RecipeRules(
        names={
            Field.EMAIL: ("email",),
            Field.FIRST_NAME: ("firstname", "first name"),
            Field.LAST_NAME: ("lastname", "last name"),
            Field.PRODUCT: ("membership", "level"),
            Field.STARTS: ("joined", "startdate", "start date"),
            Field.ENDS: ("expires", "enddate", "end date"),
            Field.KEY: ("id", "subscription_transaction_id"),
            Field.STATUS: ("status",),
        },
        living=frozenset({"active"}),
    ),
    # WooCommerce Memberships > Export.
    Recipe.WOOCOMMERCE: RecipeRules(
        names={
            Field.EMAIL: ("member_email", "user_email", "billing_email"),
            Field.FIRST_NAME: ("member_first_name", "first_name", "billing_first_name"),
            Field.LAST_NAME: ("member_last_name", "last_name", "billing_last_name"),
            Field.PRODUCT: ("membership_plan", "membership_plan_slug", "product"),
            Field.STARTS: ("member_since", "start_date"),
            Field.ENDS: ("membership_expiration", "end_date"),
            Field.KEY: ("user_membership_id", "subscription_id"),
            Field.STATUS: ("membership_status", "status"),
        },
        living=frozenset(
            {"active", "complimentary", "delayed", "free_trial", "wcm-active", "wc-active"}
        ),
    ),
}


def guess_columns(header: Sequence[str], recipe: Recipe) -> dict[Field, int]:
    """Return the column of each field that ``header`` names the way ``recipe`` does."""
    names = [name.strip().casefold() for name in header]
    found: dict[Field, int] = {}
    for wanted, candidates in RECIPES[recipe].names.items():
        for name in candidates:
            if name in names:
                found[wanted] = names.index(name)
                break
    return found
