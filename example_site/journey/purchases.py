"""Other ways to a license: as a guest, for a team, as a gift, for nothing, and by application."""

import re
import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from ..browser import Browser, Page

#: Prints what was seen, and raises unless it holds.
Tell = Callable[..., Page]

COURSE = "Wagtail in a week"


class Purchases:
    """People without an account, and what they find in their mail."""

    def __init__(self, url: str, tell: Tell) -> None:
        self.url, self.tell = url, tell
        self.guest = Browser()
        self.marker = str(time.time_ns())

    def run(self) -> None:
        """Walk all five ways."""
        self.buys_as_a_guest()
        self.buys_for_a_team()
        self.gives()
        self.registers_for_nothing()
        self.applies()

    def at(self, path: str) -> str:
        return urljoin(self.url, path)

    def address(self, name: str) -> str:
        return f"{name}-{self.marker}@example.org"

    def buys_as_a_guest(self) -> None:
        plans = self.guest.get(self.at("licensing/plans/"))
        form = plans.form(button=f"Buy {COURSE}")
        started = self.guest.submit(plans, form)
        self.tell("a guest is sent to Stripe", started, holds=started.status == 303)
        back = self.pay(self.guest, started.location, email=self.address("guest"))
        self.tell("what was paid waits in the mail", back, holds="look into your mail" in back.text)
        self.take(self.guest, self.address("guest"), "the guest has an account and the course")

    def buys_for_a_team(self) -> None:
        name = f"Office {self.marker}"
        tab = self.guest.get(self.at("licensing/account/team/"))
        made = self.guest.submit(tab, tab.form(button="Make a team"), {"name": name}, follow=True)
        self.tell("the guest makes a team", made, holds=made.status == 200 and name in made.text)
        plans = self.guest.get(self.guest.get(self.at("licensing/plans/")).link(f"For {name}"))
        form = plans.form(button="Buy Team")
        started = self.guest.submit(plans, form, {"quantity": "3"})
        self.tell("the team is sent to Stripe", started, holds=started.status == 303)
        back = self.pay(self.guest, started.location, email=self.address("office"))
        self.tell("the team has its seats", back, holds=f"{name} has Team" in back.text)
        billing = self.guest.get(self.guest.get(made.url).link("Billing"))
        holds = "Next charge" in billing.text and "27" in billing.text
        self.tell("and a billing of its own", billing, holds=holds)

    def gives(self) -> None:
        plans = self.guest.get(self.at("licensing/plans/"))
        page = self.guest.get(plans.link(f"Give {COURSE}"))
        values = {
            "recipient_name": "Nadia",
            "email": self.address("nadia"),
            "message": "Enjoy the week!",
        }
        started = self.guest.submit(page, page.form(button="Go on to the payment"), values)
        self.tell("a gift is paid at Stripe", started, holds=started.status == 303)
        back = self.pay(self.guest, started.location)
        self.tell("the gift is ready", back, holds="Your gift is ready" in back.text)
        self.take(Browser(), self.address("nadia"), "the recipient accepts it")
        gifts = self.guest.get(self.at("licensing/account/gifts/"))
        self.tell("the giver sees that it was accepted", gifts, holds="Accepted on" in gifts.text)

    def registers_for_nothing(self) -> None:
        visitor = Browser()
        page = visitor.get(self.at("licensing/get/sampler/"))
        form = page.form(button="Send me the link")
        sent = visitor.submit(page, form, {"email": self.address("reader")})
        self.tell("a free license asks for an address", sent, holds="look into your mail" in sent.text)
        self.take(visitor, self.address("reader"), "the address is proved and the month begins")

    def applies(self) -> None:
        page = self.guest.get(self.at("licensing/apply/fellowship/"))
        form = page.form(button="Send the application")
        values = {
            name: next((each for each in form.choices.get(name, []) if each), "At a school")
            for name in form.fields
            if name.startswith("question-")
        }
        sent = self.guest.submit(page, form, values, follow=True)
        waits = "waits to be read" in sent.text
        self.tell("an application waits for the staff", sent, holds=waits)

    # --- what the ways have in common ----------------------------------------------------------

    def pay(self, browser: Browser, address: str, *, email: str = "") -> Page:
        """Pay on the hosted page and wait until the return page has made up its mind."""
        checkout = browser.get(address)
        form = next(each for each in checkout.read().forms if "card" in each.fields)
        paid = browser.submit(checkout, form, {"card": "ok", **({"email": email} if email else {})})
        for _ in range(40):
            page = browser.follow(browser.get(paid.location))
            if "being confirmed" not in page.text:
                break
            time.sleep(0.5)
        return page

    def take(self, browser: Browser, address: str, said: str) -> None:
        """Open the link that was sent to ``address`` and choose a password."""
        page = browser.get(self.link_to(address))
        answer = browser.submit(
            page, page.form(button="Make my account"), {"password": f"pass-{self.marker}"}, follow=True
        )
        account = browser.get(self.at("licensing/account/"))
        holds = answer.status == 200 and "Active" in account.text
        self.tell(said, account, holds=holds)

    def link_to(self, address: str) -> str:
        """Return the address in the newest mail to ``address``, once it is there."""
        for _ in range(40):
            box = self.guest.get(self.at("demo/mails/"))
            for part in box.text.split("<li>")[1:]:
                if address in part:
                    target = re.search(r'href="([^"]+)"', part)
                    mail = self.guest.get(urljoin(box.url, target[1] if target else ""))
                    found = re.search(r"/licensing/claim/[\w:-]+/", mail.text)
                    if found:
                        return self.at(urlsplit(found[0]).path.lstrip("/"))
            time.sleep(0.5)
        return self.at("no-mail-came/")
