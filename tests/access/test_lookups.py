"""Conditions on tree paths: as values, and as each database answers them."""

import random

import pytest
from django.db import connection
from wagtail.models import Page

from wagtail_licensing.access.lookups import OpenByPath, buckets_of

LETTERS = "09AZ"


def nearest(path, verdicts):
    """Say it the slow way."""
    for length in range(len(path), 0, -4):
        if path[:length] in verdicts:
            return verdicts[path[:length]]
    return True


def some_paths(chance, number, depth=5):
    return {
        "".join("000" + chance.choice(LETTERS) for _ in range(chance.randint(1, depth)))
        for _ in range(number)
    }


@pytest.mark.parametrize("seed", range(6))
def test_switches_and_buckets_say_the_same(seed):
    chance = random.Random(seed)
    verdicts = {path: chance.random() < 0.5 for path in some_paths(chance, 60)}
    buckets = buckets_of(verdicts, verdicts.get)
    assert list(buckets.switches) == sorted(set(buckets.switches))
    for path in some_paths(chance, 400, depth=7):
        passed = sum(switch <= path for switch in buckets.switches)
        assert (passed % 2 == 0) is nearest(path, verdicts)


def test_neighbours_with_one_verdict_are_one_span():
    paths = ["00010001", "00010002", "00010003"]
    assert buckets_of(paths, lambda path: False).switches == ("00010001", "00010004")


def test_signs_that_an_array_needs_quoted():
    assert buckets_of(["000z"], lambda path: False).switches_as_array == '{"000z","000{"}'
    assert buckets_of(['00"\\'], lambda path: False).switches_as_array == '{"00\\"\\\\","00\\"]"}'


def test_paths_that_are_too_long_for_one_width_have_no_array():
    assert buckets_of(["0" * 60], lambda path: False).switches_as_array
    assert buckets_of(["0" * 64], lambda path: False).switches_as_array == ""


@pytest.mark.django_db
@pytest.mark.parametrize("depth", [5, 20])
def test_the_database_says_it_too(home, depth):
    """At a depth whose paths fit into PostgreSQL's type "name", and at one where they do not."""
    chance = random.Random(depth)
    start = home.path
    paths = sorted({start + path for path in some_paths(chance, 150, depth)})
    columns = {"content_type": home.content_type, "locale": home.locale, "numchild": 0}
    Page.objects.bulk_create(
        Page(path=path, depth=len(path) // 4, title=path, slug=path.lower(), url_path=path, **columns)
        for path in paths
    )
    gated = chance.sample(paths, 60)
    verdicts = {path: chance.random() < 0.4 for path in gated}
    buckets = buckets_of(verdicts, verdicts.get)
    if connection.vendor == "postgresql":
        assert bool(buckets.switches_as_array) is (depth == 5)
    condition = OpenByPath("path", buckets)
    found = Page.objects.filter(condition).values_list("path", flat=True)
    every = Page.objects.values_list("path", flat=True)
    wanted = {path for path in every if nearest(path, verdicts)}
    assert set(found) == wanted
    assert 20 < len(wanted) < len(every) - 20
