"""The authentication backend that answers object permissions from the access decision."""

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied

from .access.decision import check_access
from .access.targets import answers_permission


class LicenseBackend(BaseBackend):
    """Answers ``wagtail_licensing.open_gate`` on a gate, page, document or collection, and
    ``wagtail_licensing.use_product`` on a product, to the moment; with or without the label.

    Comes before guardian's backend and has the last word on these two: a row that guardian still
    has of a license that ended would open too much, so that a "no" is a veto. Every other
    permission is left to the other backends. Signs nobody in.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Tell whether ``user_obj`` has ``perm`` on ``obj``; raise ``PermissionDenied`` for a veto.

        Costs what ``check_access`` costs.
        """
        if not answers_permission(perm, obj):
            return False
        switched_off = user_obj.is_authenticated and not user_obj.is_active
        if switched_off or not check_access(user_obj, obj).allowed:
            raise PermissionDenied
        return True

    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Tell the same from asynchronous code."""
        return bool(await sync_to_async(self.has_perm)(user_obj, perm, obj))
