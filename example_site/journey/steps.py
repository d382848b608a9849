"""The steps of the journey. Each asks over HTTP and says what came; the first surprise ends it."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin

from ..browser import Browser, Page
from .purchases import Purchases

#: Stands in locked text and in locked files, and nowhere else.
CANARY = "kingfisher"

ARTICLE = "articles/streamfield-without-regrets/"
LESSON = "wagtail-in-a-week/tuesday/"
FREE_LESSON = "wagtail-in-a-week/monday/"
DOWNLOADS = "downloads/"
PDF_TITLE = "StreamField cookbook"
RETURN_SECONDS = 30
MANY_LOOKS = 40


class Failed(Exception):  # noqa: N818
    """Something does not hold. The message says what was asked and what came."""


class Journey:
    """One new member's way from the paywall to the last second of a license."""

    def __init__(self, url: str) -> None:
        self.url = url if url.endswith("/") else url + "/"
        self.stranger = Browser()
        self.member = Browser()
        self.pdf = ""

    def run(self) -> None:
        """Walk all of it. Raises :class:`Failed` at the first thing that does not hold."""
        for step in (
            self.meets_the_paywall,
            self.joins,
            self.buys,
            self.reads_everything,
            self.payment_fails,
            self.grace_ends,
            self.pays,
            self.leaves_at_period_end,
            self.other_ways,
        ):
            print(step.__name__.replace("_", " "), flush=True)
            step()

    # --- what is asked of every answer ---------------------------------------------------------

    def at(self, path: str) -> str:
        return urljoin(self.url, path)

    def tell(self, said: str, page: Page, *, holds: bool) -> Page:
        """Print a step with its status code; raise unless it ``holds``."""
        print(f"  {page.status}  {said}", flush=True)
        if not holds:
            raise Failed(f"not true: {said} ({page.status} from {page.url})")
        return page

    def locked(self, browser: Browser, who: str) -> None:
        """Article, lesson and PDF show nothing of what is locked, in body or headers."""
        for name, path in (("article", ARTICLE), ("lesson", LESSON), ("PDF", self.pdf)):
            page = browser.get(self.at(path), follow=True)
            private = "no-store" in page.headers.get("Cache-Control", "")
            hidden = not page.holds(CANARY) and page.status in {200, 402, 403, 404}
            self.tell(f"{name}: {who} finds nothing of it", page, holds=hidden and private)

    def open(self, browser: Browser, who: str) -> None:
        """Article, lesson and PDF are there, and no cache may keep them."""
        for name, path in (("article", ARTICLE), ("lesson", LESSON), ("PDF", self.pdf)):
            page = browser.get(self.at(path))
            private = "no-store" in page.headers.get("Cache-Control", "")
            there = page.status == 200 and page.holds(CANARY)
            self.tell(f"{name}: {who} reads it", page, holds=there and private)

    # --- the way -------------------------------------------------------------------------------

    def meets_the_paywall(self) -> None:
        shelf = self.stranger.get(self.at(DOWNLOADS))
        self.tell("the shelf of downloads is open to look at", shelf, holds=shelf.status == 200)
        self.pdf = shelf.link(PDF_TITLE)
        paywall = self.stranger.get(self.at(ARTICLE))
        named = paywall.status == 200 and "Pro" in paywall.text
        self.tell("the paywall names what would open the article", paywall, holds=named)
        self.locked(self.stranger, "a stranger")
        free = self.stranger.get(self.at(FREE_LESSON))
        self.tell("the free lesson is open", free, holds=free.status == 200 and "Monday" in free.text)

    def joins(self) -> None:
        page = self.member.get(self.at("register/"))
        name = f"journey-{time.time_ns()}"
        password = f"long-tail-{time.time_ns()}"
        answer = self.member.submit(
            page,
            page.form(button="Create the account"),
            {
                "username": name,
                "email": f"{name}@example.org",
                "password1": password,
                "password2": password,
            },
        )
        self.tell(f"{name} has an account", answer, holds=answer.status in {302, 303})
        self.locked(self.member, "a member without a license")

    def buys(self) -> None:
        plans = self.member.get(self.at("licensing/plans/"))
        self.tell("the plans are there", plans, holds=plans.status == 200)
        article = self.member.get(self.at(ARTICLE))
        form = self.buy_form(article)
        started = self.member.submit(article, form)
        self.tell("checkout starts", started, holds=started.status in {302, 303})
        checkout = self.member.get(started.location)
        self.tell("the hosted checkout page", checkout, holds=checkout.status == 200)
        paid = self.member.pay(checkout)
        self.tell("paid, and sent back", paid, holds=paid.location.startswith(self.url))
        self.wait_for_the_license(paid.location)

    def buy_form(self, page: Page):
        """The form that buys Pro by the month, on a paywall or among the plans."""
        for form in page.read().forms:
            words = " ".join(text for _, _, text in form.buttons)
            if "/licensing/buy/" in form.action and words == "Buy Pro":
                return form
        return page.form(action="/licensing/buy/")

    def wait_for_the_license(self, address: str) -> None:
        until = time.monotonic() + RETURN_SECONDS
        while True:
            page = self.member.follow(self.member.get(address))
            article = self.member.get(self.at(ARTICLE))
            if article.holds(CANARY):
                self.tell("the return page saw the license arrive", page, holds=page.status == 200)
                return
            if time.monotonic() > until:
                self.tell(f"the license arrives within {RETURN_SECONDS} s", page, holds=False)
            time.sleep(0.5)

    def reads_everything(self) -> None:
        self.open(self.member, "the member")
        self.locked(self.stranger, "a stranger still")

    def payment_fails(self) -> None:
        self.press("Fail the next payments")
        self.advance("Past the next payment")
        self.until("the renewal fails", lambda room: ">past_due<" in room)
        self.open(self.member, "in grace, the member")

    def grace_ends(self) -> None:
        self.advance("Just before access ends")
        self.open(self.member, "seconds before grace ends, the member")
        self.sleep_past_the_end()
        self.locked(self.member, "a second after grace, the member")

    def pays(self) -> None:
        self.press("The card works again")
        self.until("the subscription is active again", lambda room: ">active<" in room)
        self.open(self.member, "having paid, the member")

    def leaves_at_period_end(self) -> None:
        account = self.member.get(self.at("licensing/account/"))
        self.tell("the account page", account, holds=account.status == 200 and "Pro" in account.text)
        portal = self.member.submit(account, account.form(action="/account/billing/"), follow=True)
        self.tell("the hosted customer portal", portal, holds=portal.status == 200)
        cancel = portal.form(button="Cancel subscription")
        left = self.member.submit(portal, cancel, button="Cancel subscription", follow=True)
        self.tell("cancelled there", left, holds=left.status == 200)
        self.until("the subscription ends with what is paid", lambda room: "Ends <time" in room)
        self.open(self.member, "having cancelled, the member")
        self.advance("Just before access ends")
        self.press("Held")
        try:
            self.open(self.member, "to the last seconds, the member")
            self.sleep_past_the_end()
            self.locked(self.member, "a second after the end, with no webhook, the member")
        finally:
            self.press("Take back every fault")
            self.press("Deliver what is held")

    def other_ways(self) -> None:
        Purchases(self.url, self.tell).run()

    # --- the control room ----------------------------------------------------------------------

    def room(self) -> Page:
        return self.member.get(self.at("demo/stripe/"))

    def press(self, button: str) -> Page:
        """Press a button of the control room."""
        page = self.room()
        answer = self.member.submit(page, page.form(button=button), follow=True)
        failed = 'class="error"' in answer.text
        return self.tell(f"control room: {button}", answer, holds=answer.status == 200 and not failed)

    def advance(self, step: str) -> None:
        before = self.moment("clock", self.room())
        page = self.press(step)
        after = self.moment("clock", page)
        self.tell(f"it is {after:%Y-%m-%d %H:%M:%S} UTC", page, holds=after > before)

    def until(self, said: str, holds: Callable[[str], bool]) -> None:
        """Look at the control room until something holds."""
        for _ in range(MANY_LOOKS):
            page = self.room()
            if holds(page.text):
                self.tell(said, page, holds=True)
                return
            time.sleep(0.5)
        page = self.room()
        self.tell(said, page, holds=holds(page.text))

    def moment(self, name: str, page: Page) -> datetime:
        """Read one of the moments that the control room shows."""
        found = re.search(rf'<time id="{name}" datetime="([^"]+)"', page.text)
        if found is None:
            raise Failed(f"the control room does not show {name}")
        return datetime.fromisoformat(found[1])

    def sleep_past_the_end(self) -> None:
        """Let real time pass until the moment at which access ends, and a little more."""
        page = self.room()
        left = (self.moment("access-end", page) - self.moment("clock", page)).total_seconds()
        self.tell(f"access ends in {left:.1f} s; waiting", page, holds=0 < left < 60)
        time.sleep(left + 0.5)
