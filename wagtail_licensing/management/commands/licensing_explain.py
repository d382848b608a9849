"""Say why somebody can or cannot read what is at an address."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from ...access.explain import Explanation, explain, explain_as_it_was
from ...gates.addresses import NothingThereError, target_at
from ...wagtail_admin.explain_words import outcome_words, stories
from ...wagtail_admin.forms import find_people
from ...wagtail_admin.targets import title_of, token_of

#: Exit codes: the answer is yes, the answer is no, there is no answer.
ALLOWED, DENIED, NO_ANSWER = 0, 1, 2


class Command(BaseCommand):
    """``licensing_explain URL EMAIL [--at INSTANT] [--json]``."""

    help = "Says why somebody can or cannot read a page, document or file. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments."""
        parser.add_argument("url", help="a path or an address on one of the sites, or area:NAME")
        parser.add_argument("email", help="the e-mail address or the user name of an account")
        parser.add_argument("--at", help="an instant, for example 2026-12-01T12:00; default: now")
        parser.add_argument("--json", action="store_true", help="print the trace as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Explain, and leave with 0 for allowed, 1 for denied, 2 where there is no answer."""
        at = _instant(options["at"])
        person = _person(options["email"])
        try:
            target = target_at(options["url"])
        except NothingThereError as error:
            raise CommandError(str(error), returncode=NO_ANSWER) from None
        told = explain(person, target) if at is None else explain_as_it_was(person, target, at)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(told, target), indent=2))
        else:
            self._tell(told, person, target)
        sys.stdout.flush()
        if not told.decision.allowed:
            sys.exit(DENIED)

    def _tell(self, told: Explanation, person: Any, target: Any) -> None:
        name = f" ({token})" if (token := token_of(target)) else ""
        self.stdout.write(f"{title_of(target)}{name} · {person.get_username()}")
        for story in stories(told):
            self.stdout.write(f"- {story.headline.text}")
            for step in story.steps:
                mark = {True: "+", False: "x", None: "i"}[step.passes]
                self.stdout.write(f"  {mark} {step.text}")
        self.stdout.write(outcome_words(told.decision))


def as_json(told: Explanation, target: Any) -> dict[str, Any]:
    """Return an explanation in codes, ids and ISO instants (UTC offsets, ends exclusive)."""
    return {
        "at": told.at.isoformat(),
        "target": token_of(target),
        "allowed": told.decision.allowed,
        "reason": told.decision.reason.value,
        "access_until": _iso(told.decision.access_until),
        "unlocks_at": _iso(told.decision.unlocks_at),
        "signed_in": told.signed_in,
        "active": told.active,
        "may_edit": told.may_edit,
        "as_it_was": told.as_it_was,
        "gates": [
            {
                "id": gate.facts.id,
                "kind": gate.kind,
                "source": gate.source.value,
                "audience": gate.facts.audience,
                "without_access": gate.without_access,
                "opened_by": [
                    {
                        "product": told.products.get(rule.product_id),
                        "after_days": rule.after.days,
                        "keeps": rule.keeps,
                    }
                    for rule in gate.facts.rules
                ],
                "free_until": _iso(gate.facts.free_until),
                "free_from": _iso(gate.facts.free_from),
                "free_reads": gate.facts.free_reads,
                "free_reads_used": gate.free_reads_used,
                "changed_at": _iso(gate.changed_at),
                "allowed": gate.decision.allowed,
                "reason": gate.decision.reason.value,
                "grants": [
                    {"product": told.products.get(grant.product_id or 0), "group": grant.group}
                    for grant in gate.grants
                ],
                "licenses": [
                    {
                        "reference": license.reference,
                        "product": told.products.get(license.facts.product_id),
                        "seat": license.is_seat,
                        "state": str(license.facts.state),
                        "starts_at": _iso(license.facts.starts_at),
                        "access_until": _iso(license.facts.access_until),
                        "allowed": license.allowed,
                        "reason": license.reason.value,
                        "unlocks_at": _iso(license.unlocks_at),
                    }
                    for license in gate.licenses
                ],
            }
            for gate in told.gates
        ],
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None


def _person(text: str) -> Any:
    people = find_people(text.strip())
    if not people:
        raise CommandError("No account has this user name or e-mail address.", returncode=NO_ANSWER)
    if len(people) > 1:
        raise CommandError(
            "Several accounts have this e-mail address; give the user name.", returncode=NO_ANSWER
        )
    return people[0]


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError("--at is no instant, for example 2026-12-01T12:00.", returncode=NO_ANSWER)
    return make_aware(found) if is_naive(found) else found
