"""What the doctor says, and that it says nothing that must stay secret."""

import datetime as dt

import pytest
from django.core.management import call_command

from tests.conftest import make_product
from wagtail_licensing.billing import account as accounts
from wagtail_licensing.billing import cursors
from wagtail_licensing.billing.health import Level, as_text, local_findings, probe_findings, worst_of
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.billing.reconcile import reconcile
from wagtail_licensing.models import StripeEvent, SyncTarget

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
TICK = dt.timedelta(microseconds=1)


def about(findings, name):
    (finding,) = [each for each in findings if each.about == name]
    return finding


def level(at, name):
    return about(local_findings(at=at), name).level


def doctor(capsys, *arguments):
    """Return the exit code and what was printed."""
    code = 0
    try:
        call_command("licensing_doctor", *arguments)
    except SystemExit as error:
        code = error.code
    return code, capsys.readouterr().out


def test_a_site_on_which_everything_works_is_fine(stripe_world, alice, deliver, capsys):
    stripe_world.subscribe(alice, stripe_world.monthly)
    deliver()
    call_command("licensing_reconcile")
    capsys.readouterr()
    code, out = doctor(capsys, "--compare")
    assert code == 0
    assert {line[:4] for line in out.splitlines()} <= {"[ok]", "    "}, out
    assert "subscriptions compared: 1" in out


def test_nothing_secret_is_printed(stripe_world, alice, deliver, settings, capsys):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = "sk_test_topsecret"
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = ["whsec_topsecret"]
    stripe_world.simulator.set_faults(api=[{"status": 401, "count": 99}])
    target = request_sync(kind="subscription", object_id="sub_1", account="default", at=stripe_world.now)
    call_command("licensing_sweep")
    capsys.readouterr()
    code, out = doctor(capsys, "--compare")
    assert code == 1
    assert target
    for word in ("topsecret", "sk_test", "whsec", "example.org"):
        assert word not in out


def test_each_right_that_is_missing_is_named(stripe_world):
    stripe_world.simulator.set_faults(
        api=[
            {"status": 403, "path": "/v1/disputes", "count": 1},
            {"status": 403, "path": "/v1/checkout/sessions", "count": 1},
        ]
    )
    rights = about(probe_findings(), "Rights")
    assert rights.level is Level.PROBLEM
    assert [line.split(":")[0] for line in rights.lines] == [
        "checkout/sessions (write)",
        "disputes (read)",
    ]
    # A probe is no reason to stop an account that works.
    assert accounts.state_of() is None


def test_a_probe_takes_one_harmless_request_a_resource(stripe_world):
    asked = []
    stripe_world.simulator.observers.append(lambda incoming, answer: asked.append(incoming))
    findings = probe_findings()
    assert {incoming.method for incoming in asked} == {"GET"}
    assert len(asked) == len({incoming.path for incoming in asked}) == 12
    assert [finding.level for finding in findings] == [Level.OK, Level.OK]


@pytest.mark.parametrize(("seconds", "expected"), [(60, 0), (62, 1), (-299, 1), (310, 2)])
def test_a_clock_that_is_wrong_is_told(stripe_world, monkeypatch, seconds, expected):
    from wagtail_licensing.billing.health import probes

    real = probes.time.time
    monkeypatch.setattr(probes, "RESOURCES", {"customers": "write"})
    gateway = probes.Gateway()
    gateway.get("/v1/customers", limit=1)
    moment = probes.parsedate_to_datetime(gateway.answered_at).timestamp()
    monkeypatch.setattr(probes.time, "time", lambda: moment + seconds)
    assert probes._clock(gateway).level == expected
    monkeypatch.setattr(probes.time, "time", real)


def test_what_waits_is_a_problem_after_a_quarter_of_an_hour(now):
    request_sync(kind="subscription", object_id="sub_1", account="default", at=now)
    assert level(now + 15 * MINUTE, "Waiting") is Level.OK
    assert level(now + 15 * MINUTE + TICK, "Waiting") is Level.PROBLEM
    assert level(now + 15 * MINUTE + TICK, "Safe mode") is Level.WARNING


def test_what_was_given_up_is_named_with_its_error(now, capsys):
    request_sync(kind="subscription", object_id="sub_1", account="default", at=now)
    SyncTarget.objects.update(is_dead=True, error="crashed: KeyError")
    code, out = doctor(capsys, "--offline")
    assert code == 1
    assert "    subscription sub_1: crashed: KeyError" in out


def test_nets_that_do_not_run_are_told(stripe_world, now):
    assert level(now, "Comparison") is Level.WARNING
    reconcile(at=now)
    assert level(now + 30 * MINUTE, "Comparison") is Level.OK
    assert level(now + 30 * MINUTE + TICK, "Comparison") is Level.WARNING
    cursors.finish(cursors.cursor_of("events"), {}, at=now + dt.timedelta(days=4))
    assert level(now + dt.timedelta(days=4), "Comparison") is Level.WARNING


def test_a_slow_webhook_is_told(now):
    def event(number, delay):
        StripeEvent.objects.create(
            event_id=f"evt_{number}",
            type="invoice.paid",
            created=now - delay,
            received_at=now,
            payload={},
        )

    assert level(now, "Webhook") is Level.WARNING
    event(1, MINUTE)
    assert level(now, "Webhook") is Level.OK
    event(2, 6 * MINUTE)
    assert level(now, "Webhook") is Level.WARNING


def test_a_price_that_members_pay_and_no_product_has_is_a_problem(stripe_world, alice, now):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    assert level(now, "Prices") is Level.OK
    unmapped = stripe_world.make_price(make_product("New"), 100, interval="month", mapped=False)
    item = subscription["items"]["data"][0]["id"]
    stripe_world.post(f"/v1/subscription_items/{item}", price=unmapped)
    stripe_world.sync("subscription", subscription["id"])
    finding = about(local_findings(at=now), "Prices")
    assert (finding.level, finding.lines) == (Level.PROBLEM, (f"{unmapped}: 1",))


def test_drift_is_counted_and_nothing_is_changed(stripe_world, alice, capsys):
    stripe_world.subscribe(alice, stripe_world.monthly)
    _, out = doctor(capsys, "--compare")
    assert "[warning] Drift: 1 subscription differs from Stripe." in out
    assert not SyncTarget.objects.exists()


def test_an_outage_does_not_break_the_doctor(stripe_world, capsys):
    stripe_world.simulator.set_faults(api=[{"status": 503, "count": 999}])
    code, out = doctor(capsys, "--compare")
    assert code == 1
    assert "[warning] Rights: Stripe did not answer." in out


def test_without_a_key_there_is_little_to_say(settings, now, capsys):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    findings = local_findings(at=now)
    assert as_text(findings) == "[warning] Key: There is no key: billing is off."
    assert worst_of(findings) is Level.WARNING
    assert doctor(capsys)[0] == 0
    assert worst_of([]) is Level.OK


def test_the_system_checks_know_a_stale_mirror_and_a_retention_that_is_none(settings, db):
    from wagtail_licensing.checks.billing import check_mirror, check_payload_retention

    assert check_mirror() == []
    accounts.stop(account="default", livemode=False, error="refused", at=dt.datetime.now(dt.UTC))
    assert [message.id for message in check_mirror()] == ["wagtail_licensing.W023"]
    assert check_payload_retention() == []
    for wrong in (30, None, dt.timedelta(days=-1)):
        settings.WAGTAIL_LICENSING_EVENT_PAYLOAD_RETENTION = wrong
        assert [message.id for message in check_payload_retention()] == ["wagtail_licensing.E023"]
