"""Decide what each row of a batch does. Reads only: the check and the import both ask it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ..domain.import_rows import BadRow, DateOrder, Field, Problem, RowFacts, read_row
from ..domain.recipes import RECIPES, Recipe
from ..domain.states import State
from ..licenses import end_of_first_term
from ..models import License, LicenseImport, LicenseImportRow, LicenseProduct
from ..models.imports import RowOutcome, RowStep
from ..models.licenses import LicenseSource
from .people import accounts_by_address


@dataclass(slots=True)
class Planned:
    """A row, what it says, and what comes of it."""

    row: LicenseImportRow
    outcome: RowOutcome
    problem: Problem | None = None
    facts: RowFacts | None = None
    product: LicenseProduct | None = None
    user: Any = None
    license: License | None = None
    identity: str = ""
    ends_at: datetime | None = None


def plan_rows(*, record: LicenseImport, rows: Sequence[LicenseImportRow], at: datetime) -> list[Planned]:
    """Return what each of ``rows`` does at ``at``. Five queries, however many rows there are."""
    products = {product.pk: product for product in LicenseProduct.objects.all()}
    planned = [_read(record, row, products) for row in rows]
    readable = [plan for plan in planned if plan.facts]
    accounts = accounts_by_address(plan.facts.email for plan in readable if plan.facts)
    first = _first_lines(record, readable)
    for plan in readable:
        _find_account(plan, accounts, makes_accounts=record.makes_accounts)
        if plan.problem is None and first.get(plan.identity, plan.row.number) < plan.row.number:
            _leave(plan, Problem.TWICE, RowOutcome.ERROR)
    _find_licenses([plan for plan in readable if plan.problem is None], at)
    return planned


def _read(record: LicenseImport, row: LicenseImportRow, products: dict[int, LicenseProduct]) -> Planned:
    plan = Planned(row=row, outcome=RowOutcome.CREATE)
    columns = {Field(name): number for name, number in record.columns.items()}
    try:
        facts = read_row(
            row.cells,
            columns,
            order=DateOrder(record.date_order),
            zone=timezone.get_default_timezone(),
        )
    except BadRow as error:
        _leave(plan, error.problem, RowOutcome.ERROR)
        return plan
    plan.facts = facts
    living = RECIPES[Recipe(record.recipe)].living
    if Field.STRIPE in columns and facts.stripe:
        _leave(plan, Problem.PAID_AT_STRIPE, RowOutcome.SKIP)
    elif living and Field.STATUS in columns and facts.status not in living:
        _leave(plan, Problem.STATUS, RowOutcome.SKIP)
    else:
        plan.product = products.get(_product_id(record, facts) or 0)
        if plan.product is None:
            _leave(plan, Problem.UNKNOWN_PRODUCT, RowOutcome.ERROR)
        plan.identity = _identity(facts, plan.product)
        plan.ends_at = facts.ends_at
    return plan


def _product_id(record: LicenseImport, facts: RowFacts) -> int | None:
    if Field.PRODUCT.value in record.columns and facts.product in record.products:
        found: int | None = record.products[facts.product]
        return found
    return record.product_id


def _identity(facts: RowFacts, product: LicenseProduct | None) -> str:
    words = "\0".join([facts.key or facts.email.lower(), str(product.pk if product else "")])
    return hashlib.sha256(words.encode()).hexdigest()


def _first_lines(record: LicenseImport, plans: Sequence[Planned]) -> dict[str, int]:
    """Return the first line about each person and product: an earlier one of the same says it all."""
    first: dict[str, int] = {}
    for plan in plans:
        first[plan.identity] = min(plan.row.number, first.get(plan.identity, plan.row.number))
    known = LicenseImportRow.objects.filter(source=record, identity__in=first).exclude(
        Q(outcome=RowOutcome.SKIP) | Q(outcome=RowOutcome.ERROR) | Q(identity="")
    )
    for identity, number in known.values_list("identity", "number"):
        first[identity] = min(number, first[identity])
    return first


def _find_account(plan: Planned, accounts: dict[str, list[Any]], *, makes_accounts: bool) -> None:
    if plan.problem is not None or plan.facts is None:
        return
    found = accounts.get(plan.facts.email.lower(), [])
    if len(found) > 1:
        _leave(plan, Problem.SEVERAL_ACCOUNTS, RowOutcome.ERROR)
    elif found and not found[0].is_active:
        _leave(plan, Problem.CLOSED_ACCOUNT, RowOutcome.ERROR)
    elif found:
        plan.user = found[0]
    elif not makes_accounts:
        _leave(plan, Problem.NO_ACCOUNT, RowOutcome.ERROR)


def _find_licenses(plans: Sequence[Planned], at: datetime) -> None:
    users = {plan.user.pk for plan in plans if plan.user is not None}
    keys = {plan.facts.key for plan in plans if plan.facts and plan.facts.key}
    held: dict[tuple[int, int], list[License]] = {}
    living = License.objects.filter(user__in=users).exclude(state__in=[State.EXPIRED, State.REVOKED])
    for license in living.order_by("pk"):
        held.setdefault((license.user_id or 0, license.product_id), []).append(license)
    known = LicenseImportRow.objects.filter(key__in=keys, step=RowStep.DONE, license__isnull=False)
    by_key = {row.key: row.license for row in known.select_related("license").order_by("pk")}
    for plan in plans:
        if plan.facts is None or plan.product is None:
            continue
        mine = held.get((plan.user.pk, plan.product.pk), []) if plan.user is not None else []
        former = by_key.get(plan.facts.key) if plan.facts.key else None
        if former is not None and former not in mine and _is_theirs(former, plan):
            mine = [former, *mine]
        _compare(plan, mine, at)


def _is_theirs(license: License, plan: Planned) -> bool:
    same = plan.user is not None and license.user_id == plan.user.pk
    return same and plan.product is not None and license.product_id == plan.product.pk


def _compare(plan: Planned, held: Sequence[License], at: datetime) -> None:
    """Settle a row against what its person holds of the product."""
    facts = plan.facts
    if facts is None:
        return
    if not held and plan.product is not None:
        plan.ends_at = facts.ends_at or end_of_first_term(plan.product, facts.starts_at or at)
    ended = plan.ends_at is not None and plan.ends_at <= at
    if not held:
        if ended:
            _leave(plan, Problem.ENDED, RowOutcome.SKIP)
        return
    plan.license = held[0]
    imported = [row for row in held if row.source == LicenseSource.IMPORT and not row.renews]
    if not imported:
        _leave(plan, Problem.HAS_ANOTHER, RowOutcome.SKIP)
        return
    plan.license = imported[0]
    # A row that says nothing of an end takes nothing away.
    if facts.ends_at is None or facts.ends_at == plan.license.ends_at:
        _leave(plan, Problem.SAME, RowOutcome.SKIP)
    elif ended or plan.license.state == State.REVOKED:
        _leave(plan, Problem.ENDED, RowOutcome.SKIP)
    else:
        plan.outcome = RowOutcome.UPDATE


def _leave(plan: Planned, problem: Problem, outcome: RowOutcome) -> None:
    plan.problem, plan.outcome = problem, outcome
