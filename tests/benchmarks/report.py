"""The table at the end: each target with what was measured, and whether that is enough."""

from dataclasses import dataclass, field

from .measure import Measured

OK, SHORT, WRONG, INFO, SKIPPED = "ok", "short", "WRONG", "-", "skipped"


@dataclass(frozen=True, slots=True)
class Row:
    """One target. ``noisy``: the machine was too busy to take a small difference at its word."""

    target_id: str
    what: str
    measured: str
    target: str
    verdict: str


@dataclass
class Report:
    """What has been measured so far, in order."""

    rows: list[Row] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def ratio(
        self, target_id: str, what: str, measured: Measured, name: str, most: float | None
    ) -> None:
        """Report one ratio against the most that it should be; None: for information."""
        ratio = measured.ratios[name]
        verdict = INFO if most is None else OK if ratio.middle <= most else SHORT
        text = f"{ratio}, cpu {ratio.cpu:.2f}x"
        text += f" (A/A {measured.again}, n={measured.rounds})"
        if measured.is_noisy and verdict is not INFO:
            verdict += ", noisy"
        self.add(target_id, what, text, "" if most is None else f"<= {most:.2f}x", verdict)

    def count(self, target_id: str, what: str, found: int, wanted: int, *, more: str = "") -> None:
        """Report a number that has to be exact, and fail at once when it is not."""
        verdict = OK if found == wanted else WRONG
        self.add(target_id, what, f"{found}{more}", f"= {wanted}", verdict)
        assert found == wanted, f"{target_id} {what}: {found}, not {wanted}"

    def at_most(self, target_id: str, what: str, found: int, target: int, *, fence: int) -> None:
        """Report a number with a target, and fail when it is beyond the fence: what it was before."""
        verdict = OK if found <= target else SHORT if found <= fence else WRONG
        self.add(target_id, what, str(found), f"<= {target}", verdict)
        assert found <= fence, f"{target_id} {what}: {found} is more than {fence}"

    def same(self, target_id: str, what: str, found: set[int], wanted: set[int]) -> None:
        """Report whether a set is the one of the oracle, and fail at once when it is not."""
        verdict = OK if found == wanted else WRONG
        self.add(target_id, what, f"{len(found):,} rows", f"= oracle's {len(wanted):,}", verdict)
        assert found == wanted, (
            f"{target_id} {what}: {len(found - wanted)} too many, {len(wanted - found)} missing"
        )

    def add(self, target_id: str, what: str, measured: str, target: str, verdict: str) -> None:
        """Report a line as it is."""
        self.rows.append(Row(target_id, what, measured, target, verdict))

    def lines(self) -> list[str]:
        """Return the table as text, in Markdown."""
        head = Row("", "what", "measured", "target", "")
        rows = [(r.target_id, r.what, r.measured, r.target, r.verdict) for r in [head, *self.rows]]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        text = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in rows
        ]
        text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        short = sum(row.verdict.startswith(SHORT) for row in self.rows)
        wrong = sum(row.verdict == WRONG for row in self.rows)
        reached = sum(row.verdict.startswith(OK) for row in self.rows)
        return [*self.facts, "", *text, "", f"{reached} ok, {short} short, {wrong} wrong"]
