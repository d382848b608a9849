"""The matrix is whole: every axis is in it with all its values, and in a short run every pair."""

from itertools import product

from .axes import ALLOWED, DENIED, KINDS, PERSONAS, is_sensible, rows
from .channels import CHANNELS
from .covering import covering_rows, pairs_of, pairs_with
from .modes import MODES
from .test_matrix import KNOWN, ROWS, SHORT


def test_every_combination_that_makes_sense_is_a_row_once():
    sensible = {
        (kind, mode, channel.name)
        for kind, mode, channel in product(KINDS, MODES, CHANNELS)
        if is_sensible(kind, mode, channel)
    }
    found = [(row.kind, row.mode, row.channel.name) for row in rows()]
    assert len(found) == len(set(found))
    assert set(found) == sensible
    assert len(ROWS) == len(found)


def test_every_channel_every_kind_and_every_mode_is_in_the_matrix():
    assert {row.channel.name for row in rows()} == {channel.name for channel in CHANNELS}
    assert {row.kind for row in rows()} == set(KINDS)
    modes = {(row.kind, row.mode) for row in rows()}
    assert modes == set(product(KINDS.keys() - {"product"}, MODES)) | {("product", "teaser")}


def test_every_channel_has_a_name_of_its_own():
    assert len({channel.name for channel in CHANNELS}) == len(CHANNELS)


def test_in_a_short_run_every_two_values_that_can_meet_do():
    possible = {pair for row in rows() for pair in pairs_of(row)}
    met = {pair for row in SHORT for pair in pairs_of(row)}
    assert met == possible
    with_people = {pair for row in rows() for one in PERSONAS for pair in pairs_with(row, one)}
    met = {pair for row, people in SHORT.items() for one in people for pair in pairs_with(row, one)}
    assert met == with_people


def test_a_short_run_asks_by_every_channel_as_somebody_who_may_not():
    assert {row.channel.name for row in SHORT} == {channel.name for channel in CHANNELS}
    for row, people in SHORT.items():
        assert len(people) == len(set(people))
        assert any(map(row.denies, people)) or MODES[row.mode].opens, row.id


def test_a_short_run_is_always_the_same_and_short():
    assert covering_rows() == SHORT
    assert 4 * sum(map(len, SHORT.values())) < len(ROWS) * len(PERSONAS)


def test_a_deep_run_takes_everybody_through_every_row():
    assert set(ROWS) == set(rows())
    assert set(ROWS.values()) == {PERSONAS}
    assert set(PERSONAS) == set(ALLOWED) | set(DENIED)


def test_what_is_known_to_leak_is_a_row():
    assert set(KNOWN) <= {row.id for row in ROWS}


def test_rows_are_skipped_for_a_reason_only_by_what_is_not_installed():
    reasons = {channel.skip for channel in CHANNELS}
    assert all(
        not reason or "installed" in reason or "came with Wagtail 8.0" in reason for reason in reasons
    )
