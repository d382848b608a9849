"""A site of 100,000 pages with its gates and licenses, from a fixed seed: the same at every run."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from wagtail.models import Page, Site

from tests.conftest import CANARY, give, make_product, make_user
from tests.testapp.models import ArticlePage, PlainPage
from wagtail_licensing.models import (
    EntitlementRule,
    Gate,
    GateStamp,
    License,
    LicenseProduct,
    ProductUserPermission,
)

from .rows import analyze, copy_rows
from .tree import Tree, plant_shelves, plant_views


@dataclass
class World:
    """The site, and who reads it. Everything is committed: the index of gates is the real one."""

    at: datetime
    home: Page
    products: list[LicenseProduct]
    reader: Any
    collector: Any
    stranger: Any
    plain: PlainPage
    article: ArticlePage
    #: Ids of pages by what they can carry: whole branches, topics, and pages without children.
    branches: list[int] = field(default_factory=list)
    topics: list[int] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def page(self, url: str) -> Page:
        """Return the page at a path of the site."""
        return Page.objects.get(pk=self.ids[url])

    # --- gates --------------------------------------------------------------------------------

    def put_gates(self, number: int, *, extras: bool = False) -> None:
        """Let ``number`` gates stand in the tree, and those of the page views; no others.

        ``extras`` adds a gate on a page type, and one of which a translation gets its share.
        """
        chance = random.Random(number)
        self.remove_gates()
        pages = chance.sample(self.branches, min(number // 20, len(self.branches) * 6 // 10))
        pages += chance.sample(self.topics, min(number * 4 // 10, len(self.topics) * 4 // 10))
        pages += chance.sample(self.leaves, number - len(pages))
        views = [self.ids["/twins/gated/"], self.ids["/gated/"]]
        with transaction.atomic():
            gates = Gate.objects.bulk_create(
                Gate(kind="page", page_id=page_id, audience=self._audience(chance)) for page_id in pages
            )
            rules = [
                EntitlementRule(gate=gate, product=product, after_days=chance.choice([0, 0, 0, 3, 30]))
                for gate in gates
                if gate.audience == "licensed"
                for product in chance.sample(self.products, chance.choice([1, 1, 2]))
            ]
            for page_id in views:
                gate = Gate.objects.create(kind="page", page_id=page_id)
                rules.append(EntitlementRule(gate=gate, product=self.products[0]))
            if extras:
                kind = ContentType.objects.get_for_model(ArticlePage)
                gate = Gate.objects.create(kind="page_type", page_type=kind)
                rules.append(EntitlementRule(gate=gate, product=self.products[1]))
                gate = Gate.objects.create(kind="page", page_id=self.ids["/original/"])
                rules.append(EntitlementRule(gate=gate, product=self.products[1]))
            EntitlementRule.objects.bulk_create(rules)
        analyze()

    def remove_gates(self) -> None:
        """Remove every gate, as one deletion."""
        with transaction.atomic():
            for model in (EntitlementRule, Gate):
                QuerySet(model)._raw_delete(connection.alias)
            GateStamp.raise_version()

    @staticmethod
    def _audience(chance: random.Random) -> str:
        return chance.choices(["licensed", "everyone", "members"], [8, 1, 1])[0]

    # --- licenses -----------------------------------------------------------------------------

    def issue_to_others(self, number: int, *, renews: bool = True) -> None:
        """Let other people hold ``number`` licenses, with their mirrored grants, in every state."""
        have = License.objects.exclude(user__in=[self.reader, self.collector]).count()
        if number <= have:
            return
        first_user = self._more_users(number - have)
        template = License.objects.get(user=self.reader)
        first = (License.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        chance = random.Random(number)
        rows = []
        for each in range(number - have):
            state = chance.choices(["active", "grace", "expired", "revoked"], [80, 5, 12, 3])[0]
            live = state in {"active", "grace"}
            end = self.at + timedelta(days=chance.uniform(1, 60) if live else -chance.uniform(1, 400))
            rows.append(
                {
                    "id": first + each,
                    "reference": f"B{first + each:015d}",
                    "user_id": first_user + each,
                    "product_id": chance.choice(self.products).pk,
                    "state": state,
                    "unheld_state": state,
                    "starts_at": self.at - timedelta(days=500),
                    "ends_at": end,
                    "access_until": end,
                    "renews": renews,
                }
            )
        copy_rows(template, rows)
        self._mirror(rows)
        analyze()

    def issue_many(self, user: Any, number: int) -> None:
        """Let one person hold ``number`` licenses of all products but the first, and one of that."""
        template = License.objects.get(user=self.reader)
        first = (License.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        rows = [
            {
                "id": first + each,
                "reference": f"B{first + each:015d}",
                "user_id": user.pk,
                "product_id": self.products[each % len(self.products)].pk,
            }
            for each in range(number)
        ]
        copy_rows(template, rows)
        self._mirror([{**row, "state": "active", "access_until": template.access_until} for row in rows])
        analyze()

    def _mirror(self, licenses: list[dict[str, Any]]) -> None:
        template = ProductUserPermission.objects.get(license__user=self.reader)
        copy_rows(
            template,
            [
                {
                    "user_id": row["user_id"],
                    "content_object_id": row["product_id"],
                    "license_id": row["id"],
                    "ends_at": row["access_until"],
                }
                for row in licenses
                if row["state"] in {"active", "grace"}
            ],
        )

    def _more_users(self, number: int) -> int:
        first = get_user_model().objects.aggregate(last=Max("pk"))["last"] + 1
        copy_rows(
            self.stranger,
            [{"id": pk, "username": f"person-{pk}"} for pk in range(first, first + number)],
        )
        return first


def make_world() -> World:
    """Make the site and commit it. One license, no gates yet."""
    at = datetime.now(UTC).replace(microsecond=0)
    home = Site.objects.get(is_default_site=True).root_page
    Page.objects.filter(pk=home.pk).update(slug="home", url_path="/home/")
    home.refresh_from_db()
    first = PlainPage(title="First", slug="first", body=f"<p>{CANARY}</p>")
    world = World(
        at=at,
        home=home,
        products=[make_product(f"Product {number}") for number in range(5)],
        reader=make_user("reader"),
        collector=make_user("collector"),
        stranger=make_user("stranger"),
        plain=home.add_child(instance=first),
        article=home.add_child(instance=ArticlePage(title="Second", slug="second", body="")),
    )
    give(world.reader, world.products[0], at=at - timedelta(days=10), ends_at=at + timedelta(days=60))
    _grow(world)
    analyze()
    return world


def _grow(world: World) -> None:
    tree = Tree(world)
    root = {"path": world.home.path, "depth": 2, "url_path": "/home/", "numchild": 2}
    tree.children[root["path"]] = 2
    plant_views(tree, root)
    plant_shelves(tree, root, world)
    tree.plant()
    Page.objects.filter(pk=world.home.pk).update(numchild=root["numchild"])
