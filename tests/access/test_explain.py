"""An explanation says what the decision says, in every world, and why."""

import contextlib
import datetime as dt
import random

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.utils.timezone import localtime
from guardian.shortcuts import assign_perm
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection

from tests.conftest import STAFF, examples, gate_page, give, make_user
from tests.testapp.models import LessonPage
from wagtail_licensing.access import AccessReason, Persona, check_access
from wagtail_licensing.access.before import GateSource
from wagtail_licensing.access.explain import explain, explain_as_it_was
from wagtail_licensing.access.guarded import GuardedView
from wagtail_licensing.compat import page_model
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import (
    assign_seat,
    end_due_licenses,
    lift_hold,
    place_hold,
    release_seat,
    renew_license,
    revoke_license,
)
from wagtail_licensing.models import EntitlementRule, Gate, License, MeteredRead

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def files_of_the_test(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


class World:
    """Pages, a collection with a document, an area, people, and random gates, licenses and grants."""

    def __init__(self, seed, home, course, article, products, people, now) -> None:
        self.die = random.Random(seed)
        self.now, self.products, self.people = now, products, people
        self.alias = article.create_alias(parent=home, update_slug=f"alias-{seed}")
        self.shelf = Collection.get_first_root_node().add_child(name="Shelf")
        self.box = self.shelf.add_child(name="Box")
        self.document = get_document_model().objects.create(
            title="Guide", file=ContentFile(b"x", name="guide.txt"), collection=self.box
        )
        self.pages = [home, course, *course.get_children().specific(), article, self.alias]
        page_model().objects.update(first_published_at=now - 35 * DAY)
        self.picture = get_image_model().objects.create(
            title="Picture", file=get_test_image_file(), collection=self.box
        )
        self.pages = [page_model().objects.get(pk=page.pk) for page in self.pages]
        self.targets = [
            *self.pages,
            self.document,
            self.picture,
            self.shelf,
            self.box,
            "tools",
            "unknown",
        ]
        self._gates()
        self._licenses()
        self._grants()

    def _gates(self) -> None:
        # An alias has no gate of its own by hand; aliases follow their source.
        for page in self.pages:
            if self.die.random() < 0.45:
                self._gate(kind="page", page_id=page.pk)
        for target in (
            {"kind": "collection", "collection": self.shelf},
            {"kind": "collection", "collection": self.box},
            {"kind": "document", "document": self.document},
            {"kind": "area", "area": "tools"},
            {
                "kind": "object",
                "object_type": ContentType.objects.get_for_model(get_image_model()),
                "object_id": str(self.picture.pk),
            },
            {
                "kind": "page_type",
                "page_type": ContentType.objects.get_for_model(LessonPage),
            },
        ):
            if self.die.random() < 0.5:
                self._gate(**target)

    def _gate(self, **target) -> None:
        audience = self.die.choice(["licensed", "licensed", "licensed", "members", "everyone"])
        mode = self.die.choice(["teaser", "login", "not_found"])
        gate = Gate.objects.create(
            audience=audience,
            without_access=mode,
            free_until=self.die.choice([None, None, self.now - 10 * DAY, self.now + 2 * DAY]),
            free_from=self.die.choice([None, None, None, self.now + 3 * DAY]),
            free_reads=self.die.choice([0, 0, 3]),
            **target,
        )
        for product in self.die.sample(self.products, self.die.randint(0, 2)):
            days = self.die.choice([0, 0, 3, 30])
            keeps = self.die.random() < 0.5
            EntitlementRule.objects.create(gate=gate, product=product, after_days=days, keeps=keeps)

    def _licenses(self) -> None:
        for person in self.people[:4]:
            for _ in range(self.die.randint(0, 3)):
                product = self.die.choice(self.products)
                license = give(person, product, at=self.now, seats=3)
                if license.uses_seats:
                    friend = self.die.choice(self.people)
                    assign_seat(license_id=license.pk, user=friend, at=self.now, by=STAFF)
                self._age(license)

    def _age(self, license: License) -> None:
        """Let a license be in any state and at any age."""
        state = self.die.choice(
            ["active", "active", "grace", "pending", "suspended", "expired", "revoked"]
        )
        starts = self.now + self.die.randint(-40, 5) * DAY
        License.objects.filter(pk=license.pk).update(
            state=state,
            unheld_state="active" if state == "suspended" else state,
            pending_reason=self.die.choice(["start", "payment"]) if state == "pending" else "",
            starts_at=starts,
            held_since=starts + self.die.choice([0, 0, 3]) * DAY,
            access_until=self.die.choice([None, starts + 10 * DAY, self.now + 6 * DAY]),
        )

    def _grants(self) -> None:
        group = Group.objects.create(name="Press")
        self.people[2].groups.add(group)
        for whom in (self.people[1], group):
            if self.die.random() < 0.3:
                assign_perm("use_product", whom, self.die.choice(self.products))
            gate = Gate.objects.order_by("?").first()
            if gate and self.die.random() < 0.3:
                assign_perm("open_gate", whom, gate)


@pytest.mark.parametrize("seed", range(examples(8)))
def test_it_decides_as_check_access_does_and_its_trace_adds_up(
    seed, home, course, article, pro, basic, team, alice, bob, charlie, dana, erin, olivia, now
):
    off = make_user("otto", is_active=False)
    people = [alice, bob, charlie, dana, erin, olivia, off]
    world = World(seed, home, course, article, [pro, basic, team], people, now)
    reasons = set()
    for user in [*people, None, AnonymousUser()]:
        for target in world.targets:
            for at in (now, now - 20 * DAY, now + 4 * DAY):
                told = explain(user, target, at)
                assert told.decision == check_access(user, target, at)
                derived = all(gate.decision.allowed for gate in told.gates) or bool(told.may_edit)
                assert derived is told.decision.allowed, (user, target, told)
                reasons.add(told.decision.reason)
                for gate in told.gates:
                    passes = bool(gate.grants) or any(trace.allowed for trace in gate.licenses)
                    if gate.licenses and not gate.facts.is_free(at):
                        assert passes is gate.decision.allowed
    assert len(reasons) > 5  # the worlds are not all alike


def test_a_gate_names_where_it_comes_from(home, course, article, pro, alice):
    gate_page(course, pro)
    gate_page(article, pro)
    lesson = course.get_children().first()
    alias = article.create_alias(parent=home, update_slug="alias")

    (inherited,) = explain(alice, lesson).gates
    (own,) = explain(alice, article).gates
    (shown,) = explain(alice, alias).gates

    assert (inherited.source, inherited.label) == (GateSource.INHERITED, course.title)
    assert (own.source, own.page_id) == (GateSource.OWN, article.pk)
    assert (shown.source, shown.page_id) == (GateSource.ALIAS, article.pk)


def test_each_license_says_what_it_does_by_itself(alice, gated_article, pro, basic, now):
    ended = give(alice, pro, at=now - 9 * DAY, ends_at=now - 2 * DAY)
    other = give(alice, basic, at=now)

    told = explain(alice, gated_article, now)

    (gate,) = told.gates
    verdicts = {trace.reference: trace.reason for trace in gate.licenses}
    assert verdicts == {
        ended.reference: AccessReason.LICENSE_EXPIRED,
        other.reference: AccessReason.OTHER_PRODUCT,
    }
    assert not told.decision.allowed


def test_the_instant_of_the_boundary_is_told_exactly(alice, gated_article, pro, now):
    end = now + DAY
    give(alice, pro, at=now, ends_at=end)
    microsecond = dt.timedelta(microseconds=1)

    assert explain(alice, gated_article, end - microsecond).decision.allowed
    assert not explain(alice, gated_article, end).decision.allowed


def test_a_drip_rule_says_when_it_opens(alice, article, pro, now):
    gate_page(article, pro, after_days=7)
    give(alice, pro, at=now)

    (gate,) = explain(alice, article, now).gates
    (trace,) = gate.licenses

    assert (trace.reason, trace.unlocks_at) == (AccessReason.NOT_YET, now + 7 * DAY)


def test_what_goes_wrong_denies_and_tells_nothing(alice, gated_article):
    told = explain(alice, object())

    assert told.decision.reason is AccessReason.ERROR
    assert told.gates == ()


def test_it_costs_the_same_for_one_license_and_for_ten(
    charlie, gated_article, pro, now, django_assert_max_num_queries
):
    for _ in range(10):
        give(charlie, pro, at=now - 9 * DAY, ends_at=now - DAY)
    explain(charlie, gated_article, now)
    with django_assert_max_num_queries(16):
        explain(charlie, gated_article, now)


def test_what_is_kept_says_so(alice, article, pro, now):
    gate = gate_page(article, pro)
    EntitlementRule.objects.filter(gate=gate).update(keeps=True)
    give(alice, pro, at=now - 9 * DAY, ends_at=now - DAY)
    page_model().objects.filter(pk=article.pk).update(first_published_at=now - 5 * DAY)
    article.refresh_from_db()

    told = explain(alice, article, now)

    assert told.decision.reason is AccessReason.KEPT
    assert told.gates[0].licenses[0].reason is AccessReason.KEPT


def test_a_gate_that_is_free_for_now_needs_no_license(charlie, article, pro, now):
    gate_page(article, pro, free_until=now + DAY)

    told = explain(charlie, article, now)

    assert told.decision.allowed
    assert told.gates[0].licenses == ()
    assert not explain(charlie, article, now + DAY).decision.allowed


def test_the_meter_says_how_much_of_it_is_used(charlie, article, pro, now):
    gate = gate_page(article, pro, free_reads=3)
    month = localtime(now).date().replace(day=1)
    MeteredRead.objects.create(user=charlie, gate=gate, page_id=article.pk, month=month, read_at=now)

    (trace,) = explain(charlie, article, now).gates

    assert (trace.facts.free_reads, trace.free_reads_used) == (3, 1)


def test_a_persona_is_explained_and_never_edits(article, pro, now):
    gate_page(article, pro)

    held = explain(Persona.holding([pro.pk]), article, now)
    nothing = explain(Persona.member(), article, now)

    assert (held.decision.allowed, nothing.decision.allowed) == (True, False)
    assert held.may_edit is nothing.may_edit is None


# --- as it was ------------------------------------------------------------------------------------


def story_of(die, person, others, products, start):
    """Tell a random story of licenses and seats, day by day; yield the day after each change."""
    licenses, day = [], start
    yield day
    for _ in range(14):
        day += die.randint(1, 4) * DAY
        act = die.choice(["give", "give", "hold", "lift", "revoke", "renew", "seat", "release", "due"])
        license = die.choice(licenses) if licenses else None
        if act == "give" or license is None:
            ends_at = die.choice([None, day + 6 * DAY])
            holder = person if die.random() < 0.6 else die.choice(others)
            licenses.append(give(holder, die.choice(products), at=day, ends_at=ends_at, seats=3))
        elif act == "due":
            end_due_licenses(at=day)
        else:
            with contextlib.suppress(ValueError):  # not from that state
                _change(act, license, person, day)
        yield day + dt.timedelta(hours=1)
    give(person, products[0], at=day + DAY)
    yield day + 4 * DAY


def _change(act, license, person, day):
    license.refresh_from_db()
    fields = {"license_id": license.pk, "at": day, "by": STAFF}
    if act == "hold":
        place_hold(hold=Hold.ADMIN, **fields)
    elif act == "lift":
        lift_hold(hold=Hold.ADMIN, **fields)
    elif act == "revoke":
        revoke_license(**fields)
    elif act == "renew" and license.ends_at is not None:
        renew_license(ends_at=day + 9 * DAY, **fields)
    elif act == "seat" and license.uses_seats:
        assign_seat(user=person, **fields)
    elif act == "release":
        for seat in license.seats.filter(user=person, state="assigned"):
            release_seat(seat_id=seat.pk, at=day, by=STAFF)


@pytest.mark.parametrize("seed", range(examples(6)))
def test_the_past_is_told_as_it_was_decided_then(
    seed, article, pro, basic, team, alice, bob, charlie, now
):
    gate_page(article, pro, team, after_days=2)
    die = random.Random(seed)
    told_then = []
    for at in story_of(die, alice, [bob, charlie], [pro, basic, team], now - 90 * DAY):
        told_then.append((at, check_access(alice, article, at)))

    for at, decision in told_then:
        told = explain_as_it_was(alice, article, at)
        assert told.as_it_was
        # Of two licenses that open alike, either may be named.
        assert _answer(told.decision) == _answer(decision), at
        (gate,) = told.gates
        assert gate.decision.allowed is decision.allowed
    assert {decision.allowed for _at, decision in told_then} == {True, False}


def _answer(decision):
    return decision.allowed, decision.reason, decision.access_until, decision.unlocks_at


def test_what_came_later_is_not_told_of_the_past(article, pro, team, alice, bob, now):
    gate_page(article, pro, team)
    license = give(alice, pro, at=now - 9 * DAY)
    shared = give(bob, team, at=now - 9 * DAY, seats=3)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now - 3 * DAY, by=STAFF)
    seat = assign_seat(license_id=shared.pk, user=alice, at=now - 2 * DAY, by=STAFF)
    release_seat(seat_id=seat.pk, at=now - DAY, by=STAFF)
    hour = dt.timedelta(hours=1)

    def was(at):
        told = explain_as_it_was(alice, article, at)
        traces = {trace.reference: trace.facts.state for trace in told.gates[0].licenses}
        return told.decision.reason, traces

    own, seated = license.reference, shared.reference
    assert was(now - 10 * DAY) == (AccessReason.LICENSE_REQUIRED, {})
    assert was(now - 9 * DAY) == (AccessReason.LICENSE, {own: "active"})
    assert was(now - 3 * DAY - hour) == (AccessReason.LICENSE, {own: "active"})
    assert was(now - 3 * DAY) == (AccessReason.LICENSE_SUSPENDED, {own: "suspended"})
    assert was(now - 2 * DAY) == (AccessReason.LICENSE, {own: "suspended", seated: "active"})
    assert was(now - DAY) == (AccessReason.LICENSE_SUSPENDED, {own: "suspended"})


def test_the_future_is_the_clock_alone(article, pro, alice, now):
    gate_page(article, pro)
    give(alice, pro, at=now, ends_at=now + DAY)

    told = explain_as_it_was(alice, article, now + 2 * DAY)

    assert not told.as_it_was
    assert told.decision == check_access(alice, article, now + 2 * DAY)


def test_what_was_given_by_hand_and_editing_are_as_today(article, pro, charlie, erin, now):
    assign_perm("open_gate", charlie, gate_page(article, pro))

    assert explain_as_it_was(charlie, article, now - DAY).decision.reason is AccessReason.GRANT
    assert explain_as_it_was(erin, article, now - DAY).decision.reason is AccessReason.EDITOR
    (gate,) = explain_as_it_was(charlie, article, now - DAY).gates
    assert gate.changed_at > now - DAY


# --- views ----------------------------------------------------------------------------------------


def test_a_view_is_explained_by_its_products(pro, basic, alice, charlie, now):
    license = give(alice, pro, at=now - 5 * DAY, ends_at=now - DAY)
    give(charlie, basic, at=now)
    view = GuardedView("/tools/", ["pro", "no-such-product"])

    past = explain_as_it_was(alice, view, now - 2 * DAY)
    today, other = explain(alice, view, now), explain(charlie, view, now)
    nothing = explain(alice, GuardedView("/tools/", ["no-such-product"]), now)

    assert past.decision.allowed
    assert today.decision.reason is AccessReason.LICENSE_EXPIRED
    assert today.gates[0].source is GateSource.VIEW
    assert today.gates[0].licenses[0].reference == license.reference
    assert today.may_edit is None
    assert other.decision.reason is AccessReason.OTHER_PRODUCT
    assert not nothing.decision.allowed
