"""Named areas, and views for license holders: recognised by a mark, and by what only holders get."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..access.decision import area_exists
from ..access.guarded import GuardedView
from ..access.reader import Reader
from ..gates.requirements import requirement_of
from ..models import Gate
from ..models.gates import GateKind
from .browser import Browser
from .canaries import Secret
from .personas import Persona
from .routes import Route

_SENTENCE = re.compile(rb"[^.!?<>&\"'\\\n{}]{40,200}")
_FEW = 3


def secrets_of_areas(run: str) -> list[Secret]:
    """Return a secret for every named area: a word that is added to what the area opens."""
    areas = Gate.objects.filter(kind=GateKind.AREA).order_by("pk").values_list("pk", "area")
    return [
        Secret(name, f"area {name}", {f"wlcanary{run}a{pk}z".encode(): "what it opens"}, kind="area")
        for pk, name in areas
    ]


def marks_of(secrets: Iterable[Secret]) -> dict[str, str]:
    """Return the words of areas by their names, for :func:`~..gates.marks.marking`."""
    areas = (secret for secret in secrets if secret.kind == "area" and isinstance(secret.instance, str))
    return {secret.instance: next(iter(secret.patterns)).decode() for secret in areas}


def note_guarded_views(
    secrets: list[Secret],
    known: Iterable[Route],
    browser: Browser,
    *,
    licensed: Persona,
    outsiders: list[Persona],
) -> None:
    """Ask each view behind ``license_required`` as everybody, and recognise what only the licensed
    persona got: as a pattern of its area, or as a secret of its own where products open it."""
    areas = {secret.instance: secret for secret in secrets if secret.kind == "area"}
    for route in known:
        requirement = requirement_of(route.view)
        path = route.fill({}) if requirement is not None and not route.arguments else None
        if requirement is None or path is None:
            continue
        sentences = list(_only_for_holders(path, browser, licensed, outsiders))
        if not sentences:
            continue
        area, products = requirement
        secret = areas.get(area)
        if secret is None or not area_exists(area):
            view = GuardedView(path, products)
            secret = Secret(view, f"view {path}", kind="area", closes=_closes(view))
            secrets.append(secret)
        secret.patterns.update(dict.fromkeys(sentences, f"the text of {path}"))


def _only_for_holders(
    path: str, browser: Browser, licensed: Persona, outsiders: list[Persona]
) -> Iterator[bytes]:
    answer = browser.ask(licensed, path)
    if answer.status != 200:
        return
    others = [browser.ask(persona, path).body for persona in outsiders]
    number = 0
    for found in _SENTENCE.findall(answer.body):
        sentence = found.strip()
        if len(sentence) < 40 or b"@scan.invalid" in sentence or b"wlcanary" in sentence:
            continue
        if any(sentence in body for body in others):
            continue
        yield sentence
        number += 1
        if number >= _FEW:
            return


def _closes(view: GuardedView) -> Any:
    def closes(user: Any) -> bool:
        return not Reader(user).check_products(view.product_ids()).allowed

    return closes
