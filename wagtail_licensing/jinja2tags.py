"""What the template tags do, for Jinja2.

Add ``"wagtail_licensing.jinja2tags.licensing"`` to the extensions of the environment.
"""

from collections.abc import Iterator
from typing import Any

from jinja2 import pass_context
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from .blocks import PaywallStreamValue
from .gates.condition import mark_of_part, visitor_is_licensed

__all__ = ["LicensingExtension", "licensing"]


@pass_context
def is_licensed(context: Any, *products: Any, area: str = "", page: Any = None) -> bool:
    """Tell whether the visitor opens a product, a named area or a page; see ``if_licensed``."""
    return visitor_is_licensed(context.get("request"), products, area=area, page=page)


@pass_context
def licensing_mark(context: Any, *products: Any, area: str = "", page: Any = None) -> str:
    """Return what stands at the beginning of a part that ``is_licensed`` opens: the mark of a leak
    scan where it is the ``area`` that opens it, empty anywhere else."""
    return Markup(mark_of_part(context.get("request"), str(area or "")))  # noqa: S704 - made by us


@pass_context
def visible_blocks(context: Any, stream: Any) -> Any:
    """Return what the visitor may see of a stream with a paywall line.

    Jinja2 does not tell a template from Python code, so a loop has to ask.
    """
    is_paywall = isinstance(stream, PaywallStreamValue)
    return stream.for_request(context.get("request")) if is_paywall else stream


#: What a part of a template is opened by, and what puts the mark of a scan into it.
_ASKS, _MARKS = "is_licensed", "licensing_mark"


class LicensingExtension(Extension):
    """Adds ``is_licensed(...)`` and ``visible_blocks(stream)`` to the globals of an environment.

    Behind ``{% if is_licensed(area=...) %}`` a leak scan finds what the area opened, as it does behind
    ``{% if_licensed %}`` in Django's templates: a call with the same arguments is added there.
    """

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        environment.globals.update(
            is_licensed=is_licensed, visible_blocks=visible_blocks, licensing_mark=licensing_mark
        )

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template, behind each condition that asks us those of the mark."""
        condition: list[Token] | None = None
        for token in stream:
            yield token
            if token.type == "block_begin":
                condition = []
            elif token.type == "block_end" and condition is not None:
                yield from _marks_behind(condition, token.lineno)
                condition = None
            elif condition is not None:
                condition.append(token)


def _marks_behind(block: list[Token], line: int) -> Iterator[Token]:
    """Yield ``{{ licensing_mark(...) }}`` for each ``is_licensed(...)`` of an ``if`` or ``elif``."""
    if not block or block[0].value not in ("if", "elif"):
        return
    for at, token in enumerate(block[:-1]):
        if (token.type, token.value, block[at + 1].type) != ("name", _ASKS, "lparen"):
            continue
        yield Token(line, "variable_begin", "{{")
        yield Token(line, "name", _MARKS)
        yield from (Token(line, one.type, one.value) for one in _call(block[at + 1 :]))
        yield Token(line, "variable_end", "}}")


def _call(tokens: list[Token]) -> Iterator[Token]:
    """Yield the arguments of a call with their parentheses."""
    depth = 0
    for token in tokens:
        depth += {"lparen": 1, "rparen": -1}.get(token.type, 0)
        yield token
        if not depth:
            return


licensing = LicensingExtension
