"""Licenses that the owner gave, and those that the owner took."""

from datetime import timedelta
from typing import Any

from wagtail_licensing.models import License, ProductPrice
from wagtail_licensing.testing import (
    assign_seat,
    give_license,
    invite_to_license,
    make_team,
    revoke_license,
    suspend_license,
)

from ..clock import now
from .purchase import buy


def give_to_the_press(play: Any) -> None:
    """One without end, one until the end of next season."""
    give_license(play.cast["member-31"], "pro", reason="Press: reviews us every year")
    give_license(
        play.cast["member-32"],
        "pro",
        ends_at=now() + timedelta(days=365),
        reason="Won the reader's puzzle",
    )


def sell_the_course(play: Any) -> None:
    """Two buy the course once, through checkout."""
    price = ProductPrice.objects.get(product=play.products["wagtail-in-a-week"])
    for number in (33, 34):
        buy(play.cast[f"member-{number}"], price)


def seat_the_team(play: Any) -> None:
    """Three colleagues get a seat."""
    team = License.objects.get(product=play.products["team"], user__isnull=False)
    for number in (36, 37, 38):
        assign_seat(team, play.cast[f"member-{number}"])


def lock_out(play: Any) -> None:
    """One is suspended, one is revoked."""
    shared = give_license(play.cast["member-39"], "pro", reason="Guest author")
    suspend_license(shared, reason="Account shared on a forum, asked on Monday")
    taken = give_license(play.cast["member-40"], "pro", reason="Conference ticket")
    revoke_license(taken, reason="Ticket was returned")


def give_for_later(play: Any) -> None:
    """One starts next week."""
    give_license(
        play.cast["member-30"],
        "pro",
        starts_at=now() + timedelta(days=8),
        ends_at=now() + timedelta(days=98),
        reason="Asked to come back next week",
    )


def share_in_a_team(play: Any) -> None:
    """An office buys a license: Rosa owns it and buys, Mia manages it without a seat; two have one."""
    cast = play.cast
    rosa, ruth = cast["member-31"], cast["member-32"]
    office = make_team("Jimenez Architects", rosa, managers=[cast["mia"]], members=[ruth])
    price = ProductPrice.objects.get(product=play.products["team"])
    buy(rosa, price, organization=office.slug, seats=5)
    shared = License.objects.get(organization=office)
    for person in (rosa, ruth):
        assign_seat(shared, person)


def invite_a_colleague(play: Any) -> None:
    """Somebody is invited to the office, and has not answered yet."""
    mia = play.cast["mia"]
    shared = License.objects.get(organization__name="Jimenez Architects")
    invite_to_license(shared, "new.colleague@example.org", by=mia)
