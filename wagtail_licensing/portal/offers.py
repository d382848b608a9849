"""What is for sale, at which prices, and what it opens."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..access.decision import gate_hides
from ..billing.checkout import MAX_QUANTITY
from ..compat import page_model
from ..conf import conf
from ..models import EntitlementRule, Gate, LicenseProduct, ProductPrice
from ..models.gates import GateAudience
from ..models.products import IssueMode, PriceInterval, ProductKind
from .formats import format_price
from .holdings import HeldProducts

NOTHING_HELD = HeldProducts()

#: What people can get by themselves: bought, registered for, or applied for.
_ON_OFFER = [IssueMode.PURCHASE, IssueMode.REGISTRATION, IssueMode.APPROVAL]


@dataclass(frozen=True, slots=True)
class PriceOption:
    """One price with its words: ``label`` is the price tag, ``action`` the text of the button.

    ``is_current``: the person pays it now.
    """

    price: ProductPrice
    label: str
    action: str
    note: str = ""
    is_trial: bool = False
    is_current: bool = False


@dataclass(slots=True)
class Offer:
    """A product for sale: prices in order, what it opens, and whether this person has it.

    ``way``: ``purchase``, ``registration`` (free) or ``approval`` (applied for; there are no prices).
    ``is_held``: it opens things for them now. ``is_settled``: there is nothing to buy, it is paid
    for or without end.
    """

    product: LicenseProduct
    prices: list[PriceOption]
    includes: list[str]
    is_held: bool = False
    is_settled: bool = False
    quantity: str = "1"
    error: str = ""
    most_seats: int = MAX_QUANTITY

    @property
    def way(self) -> str:
        """How somebody gets it."""
        return str(self.product.issue_mode)


def offers(*, only: Collection[int] | None = None, held: HeldProducts = NOTHING_HELD) -> list[Offer]:
    """Return the products for sale in their order, those with the ids ``only`` if given.

    ``held`` says what the person has. Archived products and prices, products that are not sold,
    and prices of another account or mode of Stripe are left out. Four queries.
    """
    live = ProductPrice.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, is_archived=False
    )
    products = LicenseProduct.objects.filter(
        is_archived=False, issue_mode__in=_ON_OFFER
    ).prefetch_related(Prefetch("prices", live.select_related("product"), to_attr="live_prices"))
    if only is not None:
        products = products.filter(pk__in=only)
    for_sale = []
    for product in products:
        if product.issue_mode != IssueMode.PURCHASE:
            product.live_prices = []
            for_sale.append(product)
            continue
        recurs = product.kind == ProductKind.SUBSCRIPTION
        product.live_prices = [price for price in product.live_prices if price.is_recurring == recurs]
        if product.live_prices:
            for_sale.append(product)
    includes = what_products_open([product.pk for product in for_sale])
    return [
        Offer(
            product=product,
            prices=_options(
                product, product.live_prices, trials=held.may_try(product), paid=held.prices
            ),
            includes=includes[product.pk],
            is_held=product.pk in held.open,
            is_settled=product.pk in held.settled,
        )
        for product in for_sale
    ]


def in_one_currency(table: list[Offer], wanted: str | None) -> tuple[list[Offer], list[str], str]:
    """Return the offers at prices of one currency, all currencies, and the one shown.

    ``wanted`` is a code such as "USD"; anything else means the first that there is. No query.
    """
    codes = list(dict.fromkeys(option.price.currency for row in table for option in row.prices))
    shown = str(wanted).upper() if str(wanted).upper() in codes else (codes[0] if codes else "")
    rows = []
    for row in table:
        fitting = [option for option in row.prices if option.price.currency == shown]
        if fitting or not row.prices:
            row.prices = fitting
            rows.append(row)
    return rows, codes, shown


def _options(
    product: LicenseProduct,
    prices: list[ProductPrice],
    *,
    trials: bool,
    paid: Collection[int] = (),
) -> list[PriceOption]:
    options = []
    for price in prices:
        label = format_price(price)
        is_trial = bool(trials and price.trial_days)
        if is_trial:
            action = ngettext(
                "Try %(product)s free for %(days)s day",
                "Try %(product)s free for %(days)s days",
                price.trial_days,
            ) % {"product": product.name, "days": price.trial_days}
            note = _("Nothing to pay before the trial ends; cancel any time until then.")
        else:
            action = _("Buy %(product)s") % {"product": product.name}
            note = _saving(price, prices)
        if sum(bool(trials and other.trial_days) == is_trial for other in prices) > 1:
            action = _("%(action)s, %(interval)s") % {"action": action, "interval": _adverb(price)}
        options.append(PriceOption(price, label, action, note, is_trial, price.pk in paid))
    return options


def price_options(product: LicenseProduct, *, trials: bool) -> list[PriceOption]:
    """Return the prices at which ``product`` is sold here, with their words. One query."""
    recurs = product.kind == ProductKind.SUBSCRIPTION
    prices = product.prices.select_related("product").filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, is_archived=False
    )
    fitting = [price for price in prices if price.is_recurring == recurs]
    return _options(product, fitting, trials=trials)


def _adverb(price: ProductPrice) -> str:
    if price.interval_count != 1:
        return format_price(price)
    return {
        PriceInterval.DAY: _("daily"),
        PriceInterval.WEEK: _("weekly"),
        PriceInterval.MONTH: _("monthly"),
        PriceInterval.YEAR: _("yearly"),
    }.get(PriceInterval(price.interval), _("once"))


def _saving(price: ProductPrice, prices: Iterable[ProductPrice]) -> str:
    """Say what a year costs less than twelve months, in whole percent, if it does."""
    if (price.interval, price.interval_count) != (PriceInterval.YEAR, 1):
        return ""
    for other in prices:
        monthly = (other.interval, other.interval_count) == (PriceInterval.MONTH, 1)
        if monthly and other.currency == price.currency and other.unit_amount:
            year = 12 * other.unit_amount
            percent = 100 * (year - price.unit_amount) // year
            if percent > 0:
                return _("%(percent)s%% less than monthly") % {"percent": percent}
    return ""


def what_products_open(product_ids: Collection[int]) -> dict[int, list[str]]:
    """Return a line for each thing that a product opens, by product id. Two queries.

    Pages that are not live or that Wagtail keeps private are not named, nor is what a gate hides.
    """
    lines: dict[int, list[str]] = defaultdict(list)
    found = (
        EntitlementRule.objects.filter(product_id__in=product_ids, gate__audience=GateAudience.LICENSED)
        .select_related("gate__page_type", "gate__collection", "gate__document")
        .order_by("pk")
    )
    rules = [rule for rule in found if not gate_hides(rule.gate_id)]
    page_ids = {rule.gate.page_id for rule in rules if rule.gate.page_id}
    titles = (
        dict(page_model().objects.filter(pk__in=page_ids).live().public().values_list("pk", "title"))
        if page_ids
        else {}
    )
    for rule in rules:
        name = _name_of(rule.gate, titles)
        if name:
            lines[rule.product_id].append(_with_delay(name, rule.after_days))
    return lines


def _name_of(gate: Gate, titles: dict[int, str]) -> str:
    if gate.page_id:
        return titles.get(gate.page_id, "")
    if gate.page_type:
        model = gate.page_type.model_class()
        if model is None:
            return ""
        return _("Every %(page_type)s") % {"page_type": model._meta.verbose_name}
    if gate.collection:
        return _("Downloads: %(collection)s") % {"collection": gate.collection.name}
    if gate.document:
        return _("Download: %(document)s") % {"document": gate.document.title}
    return ""


def _with_delay(name: str, days: int) -> str:
    if not days:
        return name
    return ngettext("%(name)s (after %(days)s day)", "%(name)s (after %(days)s days)", days) % {
        "name": name,
        "days": days,
    }
