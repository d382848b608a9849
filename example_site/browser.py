"""A small browser for programs: cookies, forms, redirects one at a time. Only the standard library."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener

TIMEOUT = 120


class BrowserError(Exception):
    """The page is not what a visitor needs to go on."""


@dataclass
class Form:
    """A form as it stands in a page: where it goes, its fields, its buttons."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and text of each submit button."""
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Values of radio groups and selects, by name."""


class FormReader(HTMLParser):
    """Collects the forms and links of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.form: Form | None = None
        self.button: list[str] | None = None
        self.link: list[str] | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.link = [given["href"], ""]
        if tag == "form":
            self.form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.form)
        if self.form is None:
            return
        if tag == "input":
            self.read_input(self.form, given)
        elif tag == "button" and given.get("type", "submit") == "submit":
            self.button = [given.get("name", ""), given.get("value", ""), ""]
        elif tag in {"textarea", "select"} and given.get("name"):
            self.form.fields.setdefault(given["name"], "")
            self.select = given["name"] if tag == "select" else ""
        elif tag == "option" and self.select:
            self.form.choices.setdefault(self.select, []).append(given.get("value", ""))
            if "selected" in given or not self.form.fields[self.select]:
                self.form.fields[self.select] = given.get("value", "")

    def read_input(self, form: Form, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name", "")
        if kind in {"submit", "image"}:
            form.buttons.append((name, given.get("value", ""), given.get("value", "")))
        elif kind in {"radio", "checkbox"} and name:
            value = given.get("value", "on")
            form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.fields[name] = value
        elif name:
            form.fields[name] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.button is not None:
            self.button[2] += data
        if self.link is not None:
            self.link[1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""
        elif tag == "button" and self.button is not None and self.form is not None:
            name, value, text = self.button
            self.form.buttons.append((name, value, " ".join(text.split())))
            self.button = None
        elif tag == "a" and self.link is not None:
            self.links.append((self.link[0], " ".join(self.link[1].split())))
            self.link = None


@dataclass
class Page:
    """An answer: address, status, headers, body."""

    url: str
    status: int
    headers: Any
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        """Where the answer redirects to, as a whole address; empty if it does not."""
        target = self.headers.get("Location", "")
        return urljoin(self.url, target) if target else ""

    def read(self) -> FormReader:
        """Return the page's forms and links."""
        reader = FormReader()
        reader.feed(self.text)
        reader.close()
        return reader

    def holds(self, word: str) -> bool:
        """Tell whether ``word`` stands anywhere in the body or in a header."""
        found = word.encode() in self.body
        return found or any(word in f"{name}: {value}" for name, value in self.headers.items())

    def form(self, *, action: str = "", button: str = "") -> Form:
        """Return the first form with ``action`` in its address and ``button`` on a button."""
        for form in self.read().forms:
            address = urlsplit(urljoin(self.url, form.action)).path
            texts = [text.lower() for _, _, text in form.buttons]
            if action and action not in address:
                continue
            if button and not any(button.lower() in text for text in texts):
                continue
            return form
        raise BrowserError(f"{self.url} ({self.status}) has no form {action or button!r}")

    def link(self, text: str) -> str:
        """Return the address of the first link with ``text`` in its words."""
        for target, words in self.read().links:
            if text.lower() in words.lower():
                return urljoin(self.url, target)
        raise BrowserError(f"{self.url} ({self.status}) has no link {text!r}")


class NoRedirect(HTTPRedirectHandler):
    """Leaves redirects to the caller."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Browser:
    """One visitor: keeps cookies, submits forms as a browser without JavaScript does."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.jar), NoRedirect())

    def get(self, url: str, *, follow: bool = False) -> Page:
        """Fetch a page; with ``follow``, go on through redirects."""
        page = self.send(Request(url))
        return self.follow(page) if follow else page

    def submit(
        self,
        page: Page,
        form: Form,
        values: dict[str, str] | None = None,
        *,
        button: str = "",
        follow: bool = False,
    ) -> Page:
        """Send ``form`` of ``page`` with ``values`` filled in, pressing the button with that text."""
        data = {**form.fields, **(values or {})}
        pressed = [each for each in form.buttons if button.lower() in each[2].lower()] or form.buttons
        if pressed and pressed[0][0]:
            data[pressed[0][0]] = pressed[0][1]
        target = urljoin(page.url, form.action) if form.action else page.url
        if form.method == "post":
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
            headers = {"Referer": page.url, "Origin": origin}
            answer = self.send(Request(target, urlencode(data).encode(), headers))
        else:
            answer = self.send(Request(f"{target.split('?')[0]}?{urlencode(data)}"))
        return self.follow(answer) if follow else answer

    def follow(self, page: Page) -> Page:
        """Go on through at most ten redirects."""
        for _ in range(10):
            if not page.location:
                return page
            page = self.send(Request(page.location))
        raise BrowserError(f"too many redirects, at {page.url}")

    def pay(self, page: Page, *, card: str = "ok", email: str = "") -> Page:
        """Pay on the hosted checkout page; return its redirect back to the site.

        ``email`` is given where the page asks for an address.
        """
        form = next((each for each in page.read().forms if "card" in each.fields), None)
        if form is None:
            raise BrowserError(f"{page.url} ({page.status}) is no checkout page")
        asked = {"email": email} if email and "email" in form.fields else {}
        paid = self.submit(page, form, {"card": card, **asked})
        if not paid.location:
            raise BrowserError(f"{page.url} did not lead back: {paid.status}")
        return paid

    def send(self, request: Request) -> Page:
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return Page(request.full_url, answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return Page(request.full_url, error.code, error.headers, error.read())
