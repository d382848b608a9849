"""The pack of evidence about a license: whole, safe to open, for the right people, and written down."""

import csv
import datetime as dt
import hashlib
import io
import json
import tracemalloc
import zipfile

import pytest
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from tests.conftest import STAFF, give, make_user
from tests.wagtail_admin.conftest import signed_in
from tests.wagtail_admin.test_timeline import (
    AT,
    EVIL,
    everything_about,
    later,
    may,
    subscribe,
    url_of,
)
from wagtail_licensing.domain.states import Cause, Hold
from wagtail_licensing.licenses import ChangedBy, assign_seat, place_hold
from wagtail_licensing.models import BillingInvoice, BillingPayment, Download, OutboxMessage
from wagtail_licensing.reports.timeline import EVIDENCE_EXPORTED
from wagtail_licensing.wagtail_admin.evidence import evidence_pack

REASON = {"reason": "Dispute dp_1"}
FORMULA = '=HYPERLINK("http://evil.example")'


def pack_url(license) -> str:
    return f"/admin/licensing/licenses/evidence/{license.pk}/"


@pytest.fixture
def operator(viewer):
    return may(viewer, "operate_billing")


def take(user, license) -> zipfile.ZipFile:
    response = signed_in(user).post(pack_url(license), REASON)
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response.streaming
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.testzip() is None
    return archive


def rows_of(archive: zipfile.ZipFile, name: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))


def test_the_pack_holds_what_is_known(operator, alice, pro, course):
    license = give(alice, pro, at=AT)
    everything_about(license, alice, course)

    archive = take(operator, license)

    facts = json.loads(archive.read("license.json"))
    assert facts["reference"] == license.reference
    assert facts["holder"]["email"] == "alice@example.org"
    assert facts["product"]["name"] == "Pro"
    assert facts["policy"]["version"] == 1
    assert facts["policy"]["terms"]["grace_days"] == license.policy.grace_days
    assert facts["starts_at"] == "2026-03-01T12:00:00+00:00"
    history = rows_of(archive, "history.csv")
    assert [row["what"] for row in history] == ["License issued", "Suspended"]
    assert history[1]["changes"] == "State: Active → Suspended; Holds: none → payment disputed"
    assert json.loads(history[1]["after"])["holds"] == ["dispute"]
    (payment,) = rows_of(archive, "payments.csv")
    assert (payment["amount"], payment["refunded"], payment["currency"], payment["disputes"]) == (
        "12.00",
        "5.00",
        "EUR",
        "needs_response",
    )
    mails = rows_of(archive, "mails.csv")
    assert [(row["kind"], row["state"], row["subject_today"]) for row in mails] == [
        ("welcome", "sent", "Pro is yours"),
        ("ended", "waiting", "Pro has ended"),
    ]
    assert mails[0]["sent_at"] == later(2).isoformat()
    assert [row["title"] for row in rows_of(archive, "downloads.csv")] == ["Slides"]
    (lesson,) = rows_of(archive, "lessons.csv")
    assert (lesson["person"], lesson["completed_at"]) == ("alice", later(10).isoformat())
    assert [(row["right"], row["passed"]) for row in rows_of(archive, "quizzes.csv")] == [("4", "True")]
    assert [row["event"] for row in rows_of(archive, "stripe_events.csv")] == ["evt_1"]
    assert [row["number"] for row in rows_of(archive, "invoices.csv")] == ["WL-12"]
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"what Stripe sent" not in everything


def test_the_manifest_counts_and_checks_every_file(operator, alice, team, bob, pro):
    license = give(alice, team, at=AT, seats=5)
    assign_seat(license_id=license.pk, user=bob, at=later(1), by=STAFF)

    archive = take(operator, license)

    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["made_by"] == "viv"
    files = {each["name"]: each for each in manifest["files"]}
    assert set(archive.namelist()) - set(files) == {"license.json", "summary.html", "manifest.json"}
    for name, about in files.items():
        assert about["sha256"] == hashlib.sha256(archive.read(name)).hexdigest()
        assert about["rows"] == len(rows_of(archive, name))
    assert files["seats.csv"]["rows"] == 2
    assert any("pages were opened" in sentence for sentence in manifest["not_in_it"])


def test_nothing_of_other_people_and_other_licenses_is_in_it(operator, alice, bob, pro, basic, course):
    license, other = give(alice, pro, at=AT), give(bob, pro, at=AT)
    everything_about(other, bob, course, document_title="Bob's file")
    older = give(alice, basic, at=AT)
    place_hold(
        license_id=older.pk,
        hold=Hold.ADMIN,
        at=AT,
        by=ChangedBy(cause=Cause.STAFF, reason="On the other license"),
    )

    archive = take(operator, license)

    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for secret in ("bob", "Bob's file", "pi_1", "WL-12", other.reference, "On the other license"):
        assert secret not in everything


def test_no_cell_is_a_formula_and_no_text_is_markup(operator, alice, pro, course):
    pro.name = f"Pro {EVIL}"
    pro.save()
    license = give(alice, pro, at=AT)
    everything_about(license, alice, course, document_title=FORMULA)
    BillingInvoice.objects.update(plan=EVIL, number="@SUM(1)", status=EVIL)
    BillingPayment.objects.update(status=EVIL, dispute_statuses=[EVIL])
    OutboxMessage.objects.update(error=EVIL)
    by = ChangedBy(cause=Cause.STAFF, reason=f"=1+1 {EVIL}")
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=later(20), by=by)

    archive = take(operator, license)

    assert rows_of(archive, "downloads.csv")[0]["title"] == f"'{FORMULA}"
    assert rows_of(archive, "invoices.csv")[0]["number"] == "'@SUM(1)"
    assert rows_of(archive, "history.csv")[-1]["reason"].startswith("'=1+1")
    for name in archive.namelist():
        if name.endswith(".csv"):
            for row in rows_of(archive, name):
                assert not [cell for cell in row.values() if cell.startswith(("=", "@", "+", "\t"))]
    summary = archive.read("summary.html").decode()
    assert "<script" not in summary
    assert "&lt;script&gt;alert(1)" in summary


def test_times_are_utc_whatever_the_reader_lives_by(operator, alice, pro):
    license = give(alice, pro, at=AT)
    UserProfile.objects.update_or_create(user=operator, defaults={"current_time_zone": "Asia/Tokyo"})
    archive = take(operator, license)
    assert "March 1, 2026, noon" in archive.read("summary.html").decode()
    assert rows_of(archive, "history.csv")[0]["at"] == "2026-03-01T12:00:00+00:00"


def test_it_needs_a_reason_and_is_written_down(operator, alice, pro):
    license = give(alice, pro, at=AT)
    client = signed_in(operator)
    assert "Say why" in client.post(pack_url(license), {"reason": ""}).content.decode()
    assert client.get(pack_url(license)).status_code == 200
    assert not ModelLogEntry.objects.filter(action=EVIDENCE_EXPORTED).exists()

    take(operator, license)

    entry = ModelLogEntry.objects.get(action=EVIDENCE_EXPORTED)
    assert (entry.user, entry.object_id, entry.data["reason"]) == (
        operator,
        str(license.pk),
        "Dispute dp_1",
    )
    auditor = may(make_user("auditor"), "access_admin", "view_license", "view_licenseevent")
    told = signed_in(auditor).get(url_of(license)).context["timeline"]
    assert (told[0].what, told[0].actor, told[0].reason) == (
        "Evidence for a dispute handed out",
        "viv",
        "Dispute dp_1",
    )
    assert "Evidence for a dispute handed out" not in [
        entry.what for entry in signed_in(operator).get(url_of(license)).context["timeline"]
    ]


@pytest.mark.parametrize("rights", [("view_license",), ("operate_billing",), ("view_billing_health",)])
def test_others_are_refused_and_nothing_is_written(alice, pro, rights):
    license = give(alice, pro, at=AT)
    client = signed_in(may(make_user("clerk"), "access_admin", *rights))
    headers = {"x-requested-with": "XMLHttpRequest"}
    for send in (client.get, client.post):
        assert send(pack_url(license), REASON, headers=headers).status_code == 403
    assert not ModelLogEntry.objects.filter(action=EVIDENCE_EXPORTED).exists()
    assert signed_in(alice).post(pack_url(license), REASON).status_code == 302


def test_the_button_is_for_those_who_may(viewer, alice, pro):
    license = give(alice, pro, at=AT)
    inspect = f"/admin/licensing/licenses/inspect/{license.pk}/"
    assert pack_url(license) not in signed_in(viewer).get(inspect).content.decode()
    operator = may(viewer, "operate_billing")
    assert pack_url(license) in signed_in(operator).get(inspect).content.decode()


def _downloads(user, license, number):
    Download.objects.bulk_create(
        Download(
            user=user,
            license=license,
            title=f"File {n} {'x' * 100}",
            file=f"{n}.pdf",
            reason="license",
            month=AT.date(),
            begun_at=AT + dt.timedelta(minutes=n),
        )
        for n in range(number)
    )


def test_memory_stays_flat_however_many_rows_there_are(alice, bob, pro):
    peaks = {}
    for user, number in ((alice, 1_000), (bob, 20_000)):
        license = give(user, pro, at=AT)
        subscribe(license, user, name=str(number))
        _downloads(user, license, number)
        tracemalloc.start()
        size = sum(len(block) for block in evidence_pack(license, at=AT, by="viv"))
        peaks[number] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size

    # Twenty times the rows: what is held at a time is the same batch.
    assert peaks[20_000] < peaks[1_000] + 1_000_000


def test_what_breaks_off_is_no_zip(alice, pro):
    license = give(alice, pro, at=AT)
    blocks = list(evidence_pack(license, at=AT, by="viv"))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(blocks[:-1])))
