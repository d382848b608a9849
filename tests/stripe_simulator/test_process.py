"""The simulator as a process, and its state over restarts."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import stripe

from example_site.stripe_simulator import Simulator, main, running_simulator, serve

from .wire import client_for, judged

ROOT = Path(__file__).parents[2]


def process(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "example_site.stripe_simulator", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_url_first_and_stops_on_a_signal(number) -> None:
    running = process("--port", "0")
    with running:
        url = running.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": url})
        assert client.v1.products.list().data == []
        running.send_signal(number)
        _, errors = running.communicate(timeout=10)
    assert (running.returncode, errors) == (0, "")


def test_the_state_survives_a_kill(tmp_path, receiver) -> None:
    file = tmp_path / "deep" / "state.json"
    arguments = ("--state", str(file), "--webhook", receiver.url, "--webhook-secret", "whsec_x")
    with process(*arguments) as running:
        url = running.stdout.readline().strip()
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": url})
        made = client.v1.products.create({"name": "kept"})
        for _ in range(400):
            if file.exists() and made.id in file.read_text():
                break
            time.sleep(0.05)
        running.kill()
        running.communicate(timeout=10)
    with process(*arguments) as running:
        url = running.stdout.readline().strip()
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": url})
        assert client.v1.products.retrieve(made.id).name == "kept"
        assert client.v1.products.create({"name": "new"}).id != made.id
        assert len(client.v1.webhook_endpoints.list().data) == 1
        running.terminate()
        running.communicate(timeout=10)


def test_clock_objects_and_undelivered_events_survive_a_restart(tmp_path, receiver) -> None:
    file = tmp_path / "state.json"
    with running_simulator(state_file=file) as first:
        secret = first.webhook(receiver.url)
        client = client_for(first)
        ada = client.v1.customers.create(
            {"invoice_settings": {"default_payment_method": "pm_card_visa"}}
        )
        price = client.v1.prices.create(
            {
                "currency": "eur",
                "unit_amount": 500,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Pro"},
            }
        )
        subscription = client.v1.subscriptions.create(
            {"customer": ada.id, "items": [{"price": price.id}]}
        )
        first.advance(days=40)
        then = first.now
        assert first.wait_idle()
        receiver.clear()
        # Whatever it tries before it ends: nothing gets through.
        receiver.answers = [500] * 100
        client.v1.customers.update(ada.id, {"name": "Ada"})
        assert first.wait_idle()
    receiver.clear()
    receiver.answers = []
    with running_simulator(state_file=file) as second, judged(second):
        client = client_for(second)
        assert second.now >= then
        assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
        assert second.wait_idle()
        assert [event.type for event in receiver.events(secret)] == ["customer.updated"]
        second.advance(days=30)
        assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_state_file_that_cannot_be_read_is_not_overwritten(tmp_path, capsys) -> None:
    file = tmp_path / "state.json"
    file.write_text("{broken")
    with pytest.raises(json.JSONDecodeError):
        Simulator(state_file=file).start()
    assert main(["--state", str(file)]) == 2
    assert file.read_text() == "{broken"
    assert "Expecting" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com", "::"])
def test_it_listens_on_loopback_only(host, capsys) -> None:
    assert main(["--host", host]) == 2
    assert "loopback" in capsys.readouterr().err


def test_a_port_that_is_taken_is_a_clear_error(capsys) -> None:
    with serve() as running:
        port = running.base_url.rsplit(":", 1)[1]
        assert main(["--port", port]) == 2
    assert "in use" in capsys.readouterr().err


def test_arguments_without_sense_are_refused(capsys) -> None:
    assert main(["--webhook", "nowhere"]) == 2
    assert "Not a valid URL" in capsys.readouterr().err
    with pytest.raises(SystemExit) as refused:
        main(["--webhook-secret", "whsec_x"])
    assert refused.value.code == 2


def test_the_demo_command_starts_it() -> None:
    running = subprocess.run(
        [sys.executable, "-m", "example_site", "simulator", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert running.returncode == 0
    assert "--webhook-secret" in running.stdout


def test_nothing_of_it_needs_django_or_stripe() -> None:
    code = (
        "import sys, example_site.stripe_simulator as s\n"
        "print([name for name in ('django', 'stripe', 'wagtail', 'requests') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
