"""What is said before the name of a command of the demo counts as what is said after it."""

from pathlib import Path

import pytest

from example_site.__main__ import parser


@pytest.mark.parametrize(
    "line",
    ["--data elsewhere --reset seed", "seed --data elsewhere --reset", "--reset seed --data elsewhere"],
)
def test_options_count_on_both_sides_of_a_command(line):
    given = parser().parse_args(line.split())
    assert (given.command, given.data, given.reset) == ("seed", Path("elsewhere"), True)


def test_nothing_is_thrown_away_unless_it_is_said():
    assert not hasattr(parser().parse_args(["seed"]), "reset")
    assert not hasattr(parser().parse_args([]), "data")
