"""A gated sound in the browser's own player: wound forward by parts, closed to the others."""

import io
import wave

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Browser, expect
from wagtail.models import Collection

from tests.browser.test_member_pages import require_good, sign_in
from tests.conftest import give
from wagtail_licensing.models import EntitlementRule, Gate

pytest.importorskip("wagtailmedia", reason="wagtailmedia is not installed: the extra [media]")

pytestmark = pytest.mark.urls("tests.browser.urls")

SECONDS = 300


@pytest.fixture
def recording(db, pro, settings, tmp_path):
    """Five minutes of silence, 5 MB: more than a browser asks for at once."""
    from wagtailmedia.models import get_media_model

    settings.MEDIA_ROOT = tmp_path
    shelf = Collection.get_first_root_node().add_child(name="Recordings")
    gate = Gate.objects.create(kind="collection", collection=shelf)
    EntitlementRule.objects.create(gate=gate, product=pro)
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 8000 * SECONDS))
    media = get_media_model()(title="Lecture", type="audio", duration=SECONDS, collection=shelf)
    media.file.save("lecture.wav", ContentFile(content.getvalue()), save=False)
    media.save()
    return media


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_a_member_winds_to_the_end_and_only_parts_are_sent(
    live_server, browser: Browser, client, alice, pro, recording, now, scheme, width
) -> None:
    give(alice, pro, at=now)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    sign_in(page, client, alice, live_server)
    answers = []
    page.on("response", lambda answer: answers.append(answer) if ".wav" in answer.url else None)
    page.goto(f"{live_server.url}/play/{recording.pk}/")
    length = page.locator("audio").evaluate(
        "player => new Promise(done => player.readyState ? done(player.duration)"
        " : player.onloadedmetadata = () => done(player.duration))"
    )
    assert length == SECONDS
    page.locator("audio").evaluate(
        "(player, to) => new Promise(done => {player.onseeked = done; player.currentTime = to})",
        SECONDS - 5,
    )
    page.locator("audio").evaluate(
        "player => player.readyState >= 2 || new Promise(done => player.oncanplay = done)"
    )
    assert {answer.status for answer in answers} == {206}
    starts = [answer.request.headers.get("range", "") for answer in answers]
    assert any(int(each.removeprefix("bytes=").split("-")[0]) > 1_000_000 for each in starts)
    require_good(page, width)
    context.close()


def test_who_holds_nothing_reads_why_and_gets_nothing(
    live_server, browser: Browser, client, charlie, recording
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, client, charlie, live_server)
    page.goto(f"{live_server.url}/play/{recording.pk}/")
    expect(page.locator(".licensing-player__locked")).to_be_visible()
    expect(page.locator("audio")).to_have_count(0)
    assert page.request.get(live_server.url + recording.url).status == 403
    context.close()
