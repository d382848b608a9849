"""What follows from a payment: the whole table of disputes and refunds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_licensing.domain.payments import Verdict, heaviest, judge
from wagtail_licensing.domain.policy import Flag, FullRefund, LicensePolicy, OpenDispute

USUAL = LicensePolicy()


def verdict(*statuses, refunded=0, amount=1200, **promised):
    promise = replace(USUAL, **promised)
    return judge(amount=amount, refunded=refunded, dispute_statuses=statuses, promise=promise)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("warning_needs_response", Verdict(flag=Flag.INQUIRY)),
        ("warning_under_review", Verdict(flag=Flag.INQUIRY)),
        ("warning_closed", Verdict()),
        ("needs_response", Verdict(holds=True, flag=Flag.DISPUTED)),
        ("under_review", Verdict(holds=True, flag=Flag.DISPUTED)),
        ("appeal_needs_response", Verdict(holds=True, flag=Flag.DISPUTED)),
        ("appeal_under_review", Verdict(holds=True, flag=Flag.DISPUTED)),
        ("won", Verdict()),
        ("prevented", Verdict()),
        ("lost", Verdict(is_lost=True, flag=Flag.DISPUTED)),
        ("something_new", Verdict(flag=Flag.INQUIRY)),
    ],
)
def test_where_a_dispute_stands_decides(status, expected):
    """Pitfall 27: an open dispute is not a lost one, and no event name says so."""
    assert verdict(status) == expected


def test_an_open_dispute_only_marks_where_that_was_promised():
    assert verdict("needs_response", open_dispute=OpenDispute.FLAG) == Verdict(flag=Flag.DISPUTED)


@pytest.mark.parametrize("rule", list(FullRefund))
def test_a_part_takes_nothing_whatever_was_promised(rule):
    """Pitfall 30."""
    assert verdict(refunded=1199, full_refund=rule) == Verdict(flag=Flag.REFUNDED_IN_PART)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (FullRefund.REVOKE, Verdict(takes_back=True, flag=Flag.REFUNDED)),
        (FullRefund.FLAG, Verdict(flag=Flag.REFUNDED)),
        (FullRefund.KEEP, Verdict()),
    ],
)
def test_a_full_refund_does_what_was_promised(rule, expected):
    assert verdict(refunded=1200, full_refund=rule) == expected


def test_nothing_paid_is_not_refunded():
    assert verdict(amount=0) == Verdict()


def test_a_dispute_weighs_more_than_a_refund():
    assert verdict("needs_response", refunded=100).flag is Flag.DISPUTED


@given(
    amount=st.integers(0, 10_000),
    refunded=st.integers(0, 10_000),
    statuses=st.sets(st.sampled_from(["won", "lost", "needs_response", "warning_closed", "new"])),
    full=st.sampled_from(list(FullRefund)),
    dispute=st.sampled_from(list(OpenDispute)),
)
def test_only_a_full_refund_or_a_lost_dispute_takes_anything_back(
    amount, refunded, statuses, full, dispute
):
    got = verdict(*statuses, amount=amount, refunded=refunded, full_refund=full, open_dispute=dispute)
    assert got.is_lost == ("lost" in statuses)
    assert not got.takes_back or 0 < amount <= refunded
    assert not got.holds or "needs_response" in statuses


def test_the_heaviest_of_no_marks_is_none():
    assert heaviest([]) is Flag.NONE
