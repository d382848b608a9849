"""The hosted pages as a visitor without JavaScript sees them."""

import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


OPENER = urllib.request.build_opener(NoRedirect)


@dataclass
class Answer:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


def visit(url: str, form: dict[str, str] | None = None) -> Answer:
    """GET, or POST of *form*; redirects are not followed."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    try:
        with OPENER.open(urllib.request.Request(url, data), timeout=10) as response:
            return Answer(response.status, response.read().decode(), dict(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(), dict(error.headers))


@dataclass
class Form:
    values: dict[str, str] = field(default_factory=dict)
    button: str = ""
    options: dict[str, list[str]] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page with the values that a browser would send, and every rule it breaks."""

    VOID = {"meta", "link", "input", "br", "hr"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.labels: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.scripts = 0
        self.inline: list[str] = []
        self.stack: list[str] = []
        self.unbalanced: list[str] = []
        self.select = ""
        self.in_button = False
        self.feed(text)
        self.unbalanced += self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            self.stack.append(tag)
        self.scripts += tag == "script"
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "form":
            self.forms.append(Form())
        elif tag == "label":
            self.labels.add(given.get("for") or "")
        elif tag in {"input", "select"}:
            self.control(tag, given)
        elif tag == "option" and self.forms:
            form = self.forms[-1]
            form.options.setdefault(self.select, []).append(given.get("value") or "")
            if "selected" in given or self.select not in form.values:
                form.values[self.select] = given.get("value") or ""
        elif tag == "button":
            self.in_button = True

    def control(self, tag: str, given: dict[str, str | None]) -> None:
        if given.get("type") != "hidden":
            self.controls.append(given)
        if tag == "select":
            self.select = given.get("name") or ""
        else:
            self.forms[-1].values[given.get("name") or ""] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self.in_button = self.in_button and tag != "button"
        if self.stack and self.stack[-1] == tag:
            self.stack.pop()
        else:
            self.unbalanced.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self.in_button:
            self.forms[-1].button += data

    def with_button(self, label: str) -> Form:
        return next(form for form in self.forms if form.button.strip().startswith(label))


def check_page(answer: Answer) -> Forms:
    """Assert what holds for every page, and return its forms."""
    parsed = Forms(answer.text)
    assert "no money moves" in answer.text
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in answer.text
    assert '<html lang="en">' in answer.text
    assert (parsed.scripts, parsed.inline, parsed.unbalanced) == (0, [], [])
    unlabelled = [each for each in parsed.controls if each.get("id") not in parsed.labels]
    assert unlabelled == []
    ids = [each.get("id") for each in parsed.controls]
    assert len(ids) == len(set(ids))
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    return parsed
