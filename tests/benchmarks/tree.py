"""The pages of the site: a bulk of them in sections, branches and topics, and some to be looked at."""

import random
import uuid
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from wagtail.models import Locale, Page

from .rows import copy_rows
from .scale import DEPTHS, PAGES, SEARCHED, WORD

if TYPE_CHECKING:
    from .world import World


class Tree:
    """Collects the rows of pages; nothing is written before :meth:`plant`."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.rows: list[dict[str, Any]] = []
        self.last_id = Page.objects.aggregate(last=Max("pk"))["last"]
        self.children: dict[str, int] = {}
        self.by_path: dict[str, dict[str, Any]] = {}
        self.chance = random.Random(1)

    def add(self, parent: dict[str, Any], slug: str, **columns: Any) -> dict[str, Any]:
        """Add a page under ``parent``."""
        number = self.children[parent["path"]] = self.children.get(parent["path"], 0) + 1
        self.last_id += 1
        depth = parent["depth"] + 1
        row = {
            "id": self.last_id,
            "path": Page._get_path(parent["path"], depth, number),
            "depth": depth,
            "numchild": 0,
            "slug": slug,
            "title": slug,
            "draft_title": slug,
            "url_path": f"{parent['url_path']}{slug}/",
            "translation_key": uuid.UUID(int=self.chance.getrandbits(128), version=4),
            "alias_of_id": None,
            "live": True,
            "content_type_id": self.world.plain.content_type_id,
            "locale_id": self.world.plain.locale_id,
        } | columns
        parent["numchild"] += 1
        self.rows.append(row)
        if depth <= 4 or slug in {"plain", "gated"}:
            self.world.ids[row["url_path"].removeprefix("/home")] = row["id"]
        return row

    def plant(self) -> None:
        """Write the pages."""
        copy_rows(self.world.plain.page_ptr, self.rows)
        articles = self.world.article.content_type_id
        for template, wanted in ((self.world.plain, False), (self.world.article, True)):
            own = [row for row in self.rows if (row["content_type_id"] == articles) is wanted]
            copy_rows(template, [{"page_ptr_id": row["id"]} for row in own])


def plant_views(tree: Tree, root: dict[str, Any]) -> None:
    """Pages that are alike but for a gate: twins at depth 4, and two chains."""
    twins = tree.add(root, "twins")
    for slug in ("plain", "gated"):
        tree.add(twins, slug)
        page = tree.add(root, slug)
        while page["depth"] < max(DEPTHS):
            page = tree.add(page, "on")


def plant_shelves(tree: Tree, root: dict[str, Any], world: "World") -> None:
    """The bulk: 10 x 10 x 10 topics and their pages, a few of them aliases, drafts and articles."""
    per_topic = max(PAGES // 1_000, 1)
    number = 0
    for section in range(10):
        above = tree.add(root, f"s{section}")
        for branch in range(10):
            shelf = tree.add(above, f"b{branch}")
            world.branches.append(shelf["id"])
            for topic in range(10):
                row = tree.add(shelf, f"t{topic}")
                world.topics.append(row["id"])
                for leaf in range(per_topic):
                    number += 1
                    columns = _leaf(world, number)
                    world.leaves.append(tree.add(row, f"p{leaf}", **columns)["id"])
    original = tree.add(root, "original")
    other, _ = Locale.objects.get_or_create(language_code="fr")
    key = original["translation_key"]
    french = tree.add(root, "french", translation_key=key, locale_id=other.pk)
    for each in range(20):
        tree.add(french, f"p{each}", locale_id=other.pk)


def _leaf(world: "World", number: int) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if number % 500 == 0:
        columns["alias_of_id"] = world.topics[number * 7919 % len(world.topics)]
    elif number % 100 == 1:
        columns["live"] = False
    elif number % 200 == 2:
        columns["content_type_id"] = world.article.content_type_id
    if number % max(PAGES // SEARCHED, 1) == 0:
        columns |= {"title": f"{WORD} {number}", "draft_title": f"{WORD} {number}"}
    return columns
