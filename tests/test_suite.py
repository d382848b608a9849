"""The suite itself: a test that commits empties the database, and the next one has to find a site."""

import pytest


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_tests_that_commit_find_the_site_each_time(time: str, home) -> None:
    assert home.depth == 2


@pytest.mark.django_db
def test_tests_that_roll_back_come_before_them(home) -> None:
    assert home.depth == 2
