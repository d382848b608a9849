"""Who may do what in the admin: permission names, and the policy of licenses."""

from typing import Any

from wagtail.permission_policies import ModelPermissionPolicy

from ..compat import WAGTAIL_HAS_POLICY_REGISTRY
from ..models import Gate, License, LicenseProduct

VIEW_LICENSES = "wagtail_licensing.view_license"
ISSUE_LICENSES = "wagtail_licensing.issue_license"
SUSPEND_LICENSES = "wagtail_licensing.suspend_license"
REVOKE_LICENSES = "wagtail_licensing.revoke_license"
CHANGE_GATES = "wagtail_licensing.change_gate"


class LicensePermissionPolicy(ModelPermissionPolicy):
    """Licenses are changed by named actions only: nobody edits or deletes a row, no superuser either."""

    NEVER = frozenset({"add", "change", "delete"})

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Tell whether ``user`` may do ``action`` (view, issue, suspend, revoke)."""
        return action not in self.NEVER and super().user_has_permission(user, action)

    def users_with_any_permission(self, actions: Any) -> Any:
        """Return the users who may do any of ``actions``."""
        return super().users_with_any_permission([name for name in actions if name not in self.NEVER])


license_policy = LicensePermissionPolicy(License)


def register_policies() -> None:
    """Tell Wagtail the policies of our models, where it keeps a registry of them."""
    if not WAGTAIL_HAS_POLICY_REGISTRY:
        return
    from wagtail.permissions import policy_registry, register_permission_policy

    for model in (License, LicenseProduct, Gate):
        if policy_registry.get_by_type(model, fallback=False) is None:
            policy = license_policy if model is License else ModelPermissionPolicy(model)
            register_permission_policy(model, policy)


def may_set_access(user: Any, page: Any) -> bool:
    """Tell whether ``user`` may change the gate of ``page``: an own permission, and editing the page."""
    return bool(user.has_perm(CHANGE_GATES) and page.permissions_for_user(user).can_edit())
