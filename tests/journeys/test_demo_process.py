"""The demo as processes: it starts, says where, and leaves nothing behind."""

import signal
import time
import urllib.error
import urllib.request

import pytest

from example_site.processes import is_free


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def port_of(url: str) -> int:
    return int(url.rstrip("/").rsplit(":", 1)[1])


def wait_until_free(port: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_free(port):
            return True
        time.sleep(0.1)
    return False


def test_a_second_start_finds_the_data_and_seeds_nothing(start_demo) -> None:
    demo = start_demo()

    assert answers(demo.url)
    assert "The database is up to date" in demo.output
    assert "Seeding" not in demo.output
    for name in ("edith", "olivia", "mia"):
        assert name in demo.wait("Ctrl-C stops everything").string


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_and_the_simulator_with_it(start_demo, number: signal.Signals) -> None:
    demo = start_demo()
    ports = [port_of(demo.url), port_of(demo.simulator_url)]

    demo.process.send_signal(number)

    assert demo.process.wait(20) == 0
    assert all(wait_until_free(port) for port in ports)


def test_the_simulator_ends_with_a_demo_that_was_killed(start_demo) -> None:
    demo = start_demo()
    port = port_of(demo.simulator_url)
    assert port_of(demo.url)

    demo.process.kill()

    assert wait_until_free(port)


def test_a_second_demo_on_the_same_data_is_refused(start_demo) -> None:
    first = start_demo()
    assert answers(first.url)

    second = start_demo(folder=first.folder)

    assert second.process.wait(60) == 1
    second.wait("another demo uses")
    assert answers(first.url)


def test_a_port_that_is_taken_is_named_and_nothing_starts(start_demo) -> None:
    first = start_demo()
    taken = port_of(first.url)

    second = start_demo("--port", str(taken))

    assert second.process.wait(60) == 1
    second.wait(f"port {taken} is taken")


def test_without_a_port_the_next_free_one_is_taken(start_demo) -> None:
    first = start_demo()
    second = start_demo()

    assert port_of(second.url) != port_of(first.url)
    assert port_of(second.simulator_url) != port_of(first.simulator_url)
    assert answers(first.url)
    assert answers(second.url)
