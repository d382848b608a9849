"""Where a request comes from: what a visitor writes into a header changes nothing."""

import pytest

from wagtail_licensing.domain.sources import is_anybodys, source_of


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "source"),
    [
        ("198.51.100.7", "", 0, "198.51.100.7"),
        ("198.51.100.7", "203.0.113.1", 0, "198.51.100.7"),
        ("127.0.0.1", "203.0.113.1", 1, "203.0.113.1"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.1", 1, "203.0.113.1"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.1, 10.0.0.2", 2, "203.0.113.1"),
        ("127.0.0.1", "", 1, ""),
        ("127.0.0.1", "203.0.113.1", 2, ""),
        ("127.0.0.1", "203.0.113.1:4711", 1, "203.0.113.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "", 0, "2001:db8:1:2::/64"),
        ("127.0.0.1", "[2001:db8:1:2::9]:443", 1, "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "", 0, "198.51.100.7"),
        ("::1", "", 0, "::/64"),
        ("", "", 0, ""),
        ("unix:", "", 0, ""),
        ("127.0.0.1", "nonsense", 1, ""),
        ("127.0.0.1", "198.51.100.7, ", 1, ""),
    ],
)
def test_where_a_request_comes_from(peer, forwarded, proxies, source):
    assert source_of(peer=peer, forwarded=forwarded, proxies=proxies) == source


@pytest.mark.parametrize("hostile", ["1.1.1.1", "1.1.1.1, 2.2.2.2", "x" * 9000, "\x00", ",,,"])
def test_what_a_visitor_adds_in_front_is_not_believed(hostile):
    through = source_of(peer="10.0.0.1", forwarded=f"{hostile}, 9.9.9.9", proxies=1)
    assert through == "9.9.9.9"


def test_behind_what_is_not_of_the_internet_there_may_be_many():
    assert all(map(is_anybodys, ["", "127.0.0.1", "10.1.2.3", "fd00::/64"]))
    assert not any(map(is_anybodys, ["9.9.9.9", "2620:fe::/64"]))
