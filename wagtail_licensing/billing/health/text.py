"""Findings as text, to be copied into a message."""

from collections.abc import Iterable

from .findings import Finding, Level

_MARKS = {Level.OK: "ok", Level.WARNING: "warning", Level.PROBLEM: "PROBLEM"}


def as_text(findings: Iterable[Finding]) -> str:
    """Return a line for each finding, and its details below it."""
    lines = []
    for finding in findings:
        lines.append(f"[{_MARKS[finding.level]}] {finding.about}: {finding.text}")
        lines += [f"    {line}" for line in finding.lines]
    return "\n".join(lines)
