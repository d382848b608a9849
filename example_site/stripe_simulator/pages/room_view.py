"""Building blocks of the control room: sections, rows, and forms of one button."""

from __future__ import annotations

from itertools import count

from .markup import Html, fill, join

PRORATIONS = {
    "create_prorations": "with the next invoice",
    "always_invoice": "billed now",
    "none": "none",
}
SETTINGS = {
    "final_action": (
        "After the last failed payment",
        ("canceled", "unpaid", "past_due", "paused"),
    ),
    "default_billing_mode": ("New subscriptions are", ("flexible", "classic")),
    "webhook_retries": ("Failed deliveries are retried", ("quick", "sandbox", "live")),
}


class Room:
    """Makes forms that carry *token*, with ids that are used once."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.numbers = count(1)

    def section(self, title: str, content: Html) -> Html:
        return fill(
            '<section aria-labelledby="{id}"><h2 id="{id}">{title}</h2>{content}</section>',
            id=self.fresh("part"),
            title=title,
            content=content,
        )

    def fresh(self, word: str) -> str:
        return f"{word}-{next(self.numbers)}"

    def rows(self, rows: list[Html]) -> Html:
        if not rows:
            return Html("<p class=quiet>None.</p>")
        return fill("<ul class=plain>{rows}</ul>", rows=join(rows))

    def item(self, name: str, state: str, controls: list[Html]) -> Html:
        return fill(
            "<li><p><strong>{name}</strong><br><span class=quiet>{state}</span></p>{controls}</li>",
            name=name,
            state=state,
            controls=self.row(controls),
        )

    def row(self, controls: list[Html]) -> Html:
        return fill("<div class=row>{controls}</div>", controls=join(controls)) if controls else Html("")

    def button(self, action: str, label: str, id_: str = "", *, about: str = "", **fields: str) -> Html:
        """A form of one button. *about* tells people who do not see the row what it is for."""
        hidden = [self.hidden(name, value) for name, value in fields.items()]
        return self.form(action, join(hidden), label, id_, about=about)

    def form(self, action: str, fields: Html, label: str, id_: str = "", *, about: str = "") -> Html:
        given = {"action": action, "token": self.token, **({"id": id_} if id_ else {})}
        name = f"{label}: {about}" if about else label
        return fill(
            '<form method="post" action="/control" class="row">{hidden}{fields}'
            '<button type="submit" aria-label="{name}">{label}</button></form>',
            hidden=join([self.hidden(key, value) for key, value in given.items()]),
            fields=fields,
            label=label,
            name=name,
        )

    def hidden(self, name: str, value: str) -> Html:
        return fill('<input type="hidden" name="{name}" value="{value}">', name=name, value=value)

    def number(self, name: str, label: str, value: int) -> Html:
        field = '<input id="{id}" name="{name}" type="number" min="0" value="{value}" required>'
        return self.field(field, name, label, value=value)

    def text(self, name: str, label: str, value: str) -> Html:
        return self.field('<input id="{id}" name="{name}" value="{value}">', name, label, value=value)

    def choice(self, name: str, label: str, choices: dict[str, str], chosen: str = "") -> Html:
        rows = [
            fill(
                '<option value="{value}"{selected}>{text}</option>',
                value=value,
                text=text,
                selected=Html(" selected" if value == chosen else ""),
            )
            for value, text in choices.items()
        ]
        return self.field(
            '<select id="{id}" name="{name}">{rows}</select>', name, label, rows=join(rows)
        )

    def field(self, control: str, name: str, label: str, **values: object) -> Html:
        id_ = self.fresh(name)
        return fill(
            '<div class="field"><label for="{id}">{label}</label>{control}</div>',
            id=id_,
            label=label,
            control=fill(control, id=id_, name=name, **values),
        )
