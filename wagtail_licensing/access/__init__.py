"""The read path: who opens what, and why. Every surface asks here; none decides by itself."""

from ..domain.access import AccessDecision, AccessReason
from .decision import check_access, effective_gates, has_access, nearest_gate
from .listings import only_accessible, only_listable
from .many import check_many
from .persona import Persona

__all__ = [
    "AccessDecision",
    "AccessReason",
    "Persona",
    "check_access",
    "check_many",
    "effective_gates",
    "has_access",
    "nearest_gate",
    "only_accessible",
    "only_listable",
]
