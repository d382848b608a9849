"""Faults to plant into the product, each with the shortest tale of the machine that shows it."""

from collections.abc import Callable, Iterator

import pytest

from tests.billing import clock
from tests.billing.convergence.machine import World
from tests.billing.convergence.oracle import Promise
from wagtail_licensing.billing import claims, facts, item_terms, lease, reconcile, subscriptions
from wagtail_licensing.billing.facts import SubscriptionFacts
from wagtail_licensing.licenses import change, history, terms
from wagtail_licensing.models import SyncTarget

#: A tale is told step by step; after each step what must always hold is looked at.
Tale = Callable[[World], Iterator[None]]
Plant = Callable[[pytest.MonkeyPatch], None]


def tell(machine: type[World], tale: Tale) -> None:
    """Let the machine live through a tale, and come to rest at its end."""
    world = machine()
    try:
        world.open_shop(pro=Promise(), team=Promise(), final="unpaid", mode="flexible")
        for _step in tale(world):
            world.it_is_right_at_any_moment()
    except BaseException:
        world.undo()
        raise
    world.teardown()


def subscribe(world: World, prices: str = "monthly", quantity: int = 1) -> None:
    world.somebody_subscribes(who=0, prices=prices, quantity=quantity, trial=0, card="ok")


# --- tales ----------------------------------------------------------------------------------------


def a_worker_oversleeps(world: World) -> Iterator[None]:
    subscribe(world)
    yield world.everything_comes_to_rest()
    yield world.something_happens(which=0, what="cancels_at_period_end", number=0)
    yield world.events_arrive(picks=[0], at_once=False)
    yield world.a_worker_reads(number=0)
    yield world.something_happens(which=0, what="ends", number=0)
    yield world.a_moment_passes(minutes=2)
    yield world.the_nets_are_drawn(everything=True)
    yield world.a_worker_writes(number=0)


def a_batch_oversleeps(world: World) -> Iterator[None]:
    subscribe(world)
    yield world.everything_comes_to_rest()
    yield world.something_happens(which=0, what="cancels_at_period_end", number=0)
    yield world.events_arrive(picks=[0], at_once=False)
    yield world.a_batch_oversleeps(which=0, what="ends")


def somebody_cancels_in_the_portal(world: World) -> Iterator[None]:
    subscribe(world)
    yield world.something_happens(which=0, what="cancels_at", number=0)


def a_card_stops_working(world: World) -> Iterator[None]:
    subscribe(world)
    yield world.something_happens(which=0, what="card_fails", number=0)
    yield world.time_passes(days=31)
    yield world.everything_comes_to_rest()
    yield world.time_passes(days=4)


def an_item_is_taken_off(world: World) -> Iterator[None]:
    subscribe(world, "monthly seats")
    yield world.everything_comes_to_rest()
    yield world.something_happens(which=0, what="removes_item", number=1)


def a_refund_is_heard_of_too_late(world: World) -> Iterator[None]:
    """After 30 days Stripe has forgotten the event, and the year that was paid still runs."""
    subscribe(world, "seats yearly")
    yield world.everything_comes_to_rest()
    yield world.money_goes_back(which=0, what="refund")
    yield world.time_passes(days=31)


def a_team_shrinks(world: World) -> Iterator[None]:
    subscribe(world, "seats", quantity=3)
    yield world.everything_comes_to_rest()
    yield world.the_holder_deals_with_seats(what="assign", which=0, who=3)
    yield world.something_happens(which=0, what="quantity", number=1)


def somebody_pays_once(world: World) -> Iterator[None]:
    yield world.somebody_buys_once(who=0)


def a_dispute_is_opened(world: World) -> Iterator[None]:
    subscribe(world)
    yield world.everything_comes_to_rest()
    yield world.money_goes_back(which=0, what="dispute")


def something_is_given_back(world: World) -> Iterator[None]:
    subscribe(world)
    yield world.money_goes_back(which=0, what="part")


# --- faults ---------------------------------------------------------------------------------------


def nobody_compares_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "confirm", lambda lease: True)


def nobody_compares_the_tokens_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a batch has read is written."""
    monkeypatch.setattr(
        claims,
        "confirm_many",
        lambda leases: SyncTarget.objects.in_bulk([lease.target_id for lease in leases]),
    )


def one_way_to_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the older of Stripe's two ways to cancel is looked at."""
    is_ending = property(lambda subscription: subscription.cancel_at_period_end)
    monkeypatch.setattr(SubscriptionFacts, "is_ending", is_ending)


def endless_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at a debt begins the days of grace anew."""
    monkeypatch.setattr(facts, "_came_due", lambda invoice: clock.now())


def what_is_removed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "_end_license", lambda *args, **kwargs: None)


def no_net_for_money(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refunds and disputes are known by their events, or not at all."""
    monkeypatch.setattr(reconcile, "compare_money", lambda *args, **kwargs: None)


def careless_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody notices when there are more people than seats."""
    monkeypatch.setattr(terms, "settle_seats", lambda change: None)


def lost_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    """guardian is not told what becomes of a license."""
    monkeypatch.setattr(history, "sync_grants", lambda licenses: 0)


def silent_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """A license that is held leaves no line."""
    real = change.write_lines
    monkeypatch.setattr(
        change,
        "write_lines",
        lambda lines: real([line for line in lines if line[1].kind != "suspended"]),
    )


def a_part_counts_as_all(monkeypatch: pytest.MonkeyPatch) -> None:
    real = item_terms.judge
    monkeypatch.setattr(
        item_terms,
        "judge",
        lambda *, amount, refunded, **rest: real(amount=refunded, refunded=refunded, **rest),
    )


FAULTS: dict[Tale, Plant] = {
    a_worker_oversleeps: nobody_compares_the_token,
    a_batch_oversleeps: nobody_compares_the_tokens_of_a_batch,
    somebody_cancels_in_the_portal: one_way_to_cancel,
    a_card_stops_working: endless_grace,
    an_item_is_taken_off: what_is_removed_stays,
    a_refund_is_heard_of_too_late: no_net_for_money,
    a_team_shrinks: careless_cut,
    somebody_pays_once: lost_mirror,
    a_dispute_is_opened: silent_history,
    something_is_given_back: a_part_counts_as_all,
}
