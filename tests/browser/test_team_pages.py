"""The pages of a team: nothing that axe finds, nothing cut off, without JavaScript and by keyboard."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_member_pages import require_good, sign_in
from tests.conftest import STAFF, give, make_product, make_user
from wagtail_licensing.licenses import assign_seat
from wagtail_licensing.models import Invitation, License
from wagtail_licensing.teams import add_domain, invite, offer_license
from wagtail_licensing.testing import give_license, make_team


@pytest.fixture
def office(alice, bob, now, settings):
    """A team as full as it gets: people with long names, invitations, a domain, an open offer."""
    settings.WAGTAIL_LICENSING_MAIL = False
    max_ = make_user("max", first_name="Wolfeschlegelsteinhausenbergerdorff", last_name="O'Brien <b>")
    leila = make_user("leila", first_name="ليلى", last_name="حداد")
    office = make_team("Office", alice, managers=[max_], members=[bob, leila])
    crew = give_license(None, make_product("Crew", seats=5), organization=office)
    for user in (alice, bob, leila):
        assign_seat(license_id=crew.pk, user=user, at=now, by=STAFF)
    invite(email="d\u0435e@ex\u0430mple.org", organization=office, license=crew, at=now, actor=alice)
    add_domain(organization=office, domain="example.org", at=now, actor=alice)
    spare = give(alice, make_product("Spare"), at=now)
    offer_license(license=spare, email=bob.email, at=now, actor=alice)
    return office


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    live_server, browser: Browser, client, alice, office, settings, scheme, width, language
) -> None:
    settings.LANGUAGE_CODE = language
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    invitation = Invitation.objects.get()
    shown = f"/licensing/invitations/{invitation.link_token}/"
    page.goto(live_server.url + shown)
    require_good(page, width)
    sign_in(page, client, alice, live_server)
    crew = License.objects.get(organization=office)
    for path in (
        "/licensing/account/team/?done=offered",
        f"/licensing/account/team/of/{office.slug}/?done=invited",
        f"/licensing/account/team/of/{office.slug}/hand-over/",
        f"/licensing/account/seats/{crew.reference}/",
        f"/licensing/account/licenses/{crew.reference}/hand-over/",
        shown,
    ):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200
        for summary in page.locator("summary").all():
            summary.click()
        require_good(page, width)
    context.close()


def test_somebody_is_invited_and_accepts_without_javascript(
    live_server, browser: Browser, client, alice, charlie, office
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page: Page = context.new_page()
    sign_in(page, client, alice, live_server)
    page.goto(f"{live_server.url}/licensing/account/team/of/{office.slug}/")
    page.get_by_label("E-mail address").fill(charlie.email)
    page.get_by_label("E-mail address").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("on its way")
    invitation = Invitation.objects.get(email=charlie.email)
    link = f"{live_server.url}/licensing/invitations/{invitation.link_token}/"
    page.goto(link)
    expect(page.get_by_text("This is for another address.")).to_be_visible()
    sign_in(page, client, charlie, live_server)
    page.goto(link)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("You have a seat from Office.")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("does not work any more")
    context.close()
