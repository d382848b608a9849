"""How billing is: what our own tables say, and, when asked, what Stripe and a comparison say."""

from .findings import Finding, Level, worst_of
from .local import DeadTarget, dead_targets, local_findings
from .probes import drift_findings, probe_findings
from .text import as_text

__all__ = [
    "DeadTarget",
    "Finding",
    "Level",
    "as_text",
    "dead_targets",
    "drift_findings",
    "local_findings",
    "probe_findings",
    "worst_of",
]
