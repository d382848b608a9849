"""The demo's own parts: its clock, its browser, its files, its one-click sign-in."""

import datetime as dt
import email.message
import re

import pytest
from django.http import Http404
from django.test import RequestFactory

from example_site import clock, data_dir, sign_in, stripe_link
from example_site.browser import BrowserError, Page
from example_site.processes import hold_free_port, hold_port, is_free
from example_site.seed.pdf import make_pdf
from example_site.simulator_client import flat


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of data."""
    monkeypatch.setenv(data_dir.VARIABLE, str(tmp_path))
    return tmp_path


def test_the_clock_is_real_time_until_it_is_moved(folder) -> None:
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


def test_the_clock_follows_its_file_at_once(folder) -> None:
    for days in (30, 31, -400):
        clock.set_offset(days * 86400)

        ahead = clock.now() - dt.datetime.now(dt.UTC)
        assert abs(ahead - dt.timedelta(days=days)) < dt.timedelta(seconds=5)


def test_a_clock_file_that_is_half_written_is_real_time(folder) -> None:
    (folder / clock.FILE).write_text('{"offset": 12')

    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


def test_files_of_the_demo_are_for_their_owner_alone(folder) -> None:
    data_dir.write_json("secret.json", {"secret_key": "x"})

    assert (folder / "secret.json").stat().st_mode & 0o077 == 0
    assert data_dir.read_json("secret.json") == {"secret_key": "x"}


def test_no_event_verifies_before_the_demo_has_started(folder) -> None:
    assert list(stripe_link.WebhookSecrets()) == [stripe_link.NO_SECRET]


def test_a_rotated_secret_comes_first_and_the_one_before_stays(folder) -> None:
    stripe_link.remember(base_url="http://127.0.0.1:1", webhook_secrets=["whsec_one"])

    stripe_link.add_secret("whsec_two")
    stripe_link.add_secret("whsec_three")

    assert list(stripe_link.WebhookSecrets()) == ["whsec_three", "whsec_two"]


def test_a_port_that_somebody_holds_is_not_free_and_the_next_one_is_taken() -> None:
    with hold_free_port(20000) as first:
        port = first.getsockname()[1]

        assert not is_free(port)
        with pytest.raises(OSError):
            hold_port(port)
        with hold_free_port(port) as second:
            assert second.getsockname()[1] > port


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["editor", "member", "owner", "new"])
def test_one_click_sign_in_is_not_there_without_debug(settings, who: str, olivia) -> None:
    settings.DEBUG = False

    with pytest.raises(Http404):
        sign_in.be(RequestFactory().post(f"/demo/be/{who}/"), who)


def test_one_click_sign_in_wants_a_post(settings) -> None:
    settings.DEBUG = True

    assert sign_in.be(RequestFactory().get("/demo/be/owner/"), "owner").status_code == 405


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:1"])
def test_sign_in_leads_to_no_other_site(target: str) -> None:
    request = RequestFactory().post("/sign-in/", {"next": target})

    assert sign_in.next_path(request, "/home/") == "/home/"


def page(html: str) -> Page:
    return Page("http://127.0.0.1/a/", 200, email.message.Message(), html.encode())


def test_the_browser_reads_forms_as_a_browser_does() -> None:
    form = page(
        "<form method=post action=/go/><input type=hidden name=csrf value='a&amp;b'>"
        "<select name=card><option value=ok>fine</option><option value=no selected>not</option></select>"
        "<input type=checkbox name=off value=1><input type=radio name=r value=2 checked>"
        "<button name=do value=it>  Pay\n now </button></form>"
    ).form(button="pay now")

    assert (form.method, form.action) == ("post", "/go/")
    assert form.fields == {"csrf": "a&b", "card": "no", "r": "2"}
    assert form.buttons == [("do", "it", "Pay now")]


def test_the_browser_says_what_it_did_not_find() -> None:
    with pytest.raises(BrowserError, match="no form"):
        page("<p>nothing</p>").form(button="Pay")
    with pytest.raises(BrowserError, match="no link"):
        page("<p>nothing</p>").link("Next")


def test_a_word_in_a_header_is_found_too() -> None:
    answer = page("<p>quiet</p>")
    answer.headers["X-Teaser"] = "here is the canary"

    assert answer.holds("canary")
    assert not answer.holds("dodo")


def test_nested_values_are_encoded_as_stripe_reads_them() -> None:
    given = {"items": [{"price": "price_1", "quantity": 2}], "trial": True, "metadata": {"a": ""}}

    assert list(flat(given)) == [
        ("items[0][price]", "price_1"),
        ("items[0][quantity]", "2"),
        ("trial", "true"),
        ("metadata[a]", ""),
    ]


def test_a_download_is_a_pdf_whose_table_of_objects_is_right() -> None:
    file = make_pdf("A (small) guide", ("First line",))

    assert file.startswith(b"%PDF-1.4")
    start = int(re.search(rb"startxref\n(\d+)", file)[1])
    assert file[start : start + 4] == b"xref"
    for number, offset in enumerate(re.findall(rb"^(\d{10}) 00000 n", file, re.MULTILINE), start=1):
        assert file[int(offset) :].startswith(b"%d 0 obj" % number)
    assert rb"(A \(small\) guide)" in file
