"""Who may edit a target opens it. Asked only when nothing else does."""

from typing import Any

from wagtail.models import Collection, CollectionMember

from ..compat import page_model, permission_policy
from ..models import Gate


def may_edit(user: Any, target: Any) -> bool:
    """Tell whether a signed-in, active ``user`` may edit ``target`` in Wagtail.

    A gate is opened by who may edit what it stands before; an area or a product only by a
    superuser. Costs Wagtail's own permission queries; one more for a gate.
    """
    if not user.is_active:
        return False
    if user.is_superuser:
        return True
    if isinstance(target, Gate):
        target = target.page or target.document or target.collection or target.target_object
    if isinstance(target, page_model()):
        tester = target.permissions_for_user(user)
        return bool(tester.can_edit() or tester.can_publish())
    if isinstance(target, CollectionMember):
        policy = permission_policy(type(target))
        return bool(policy.user_has_permission_for_instance(user, "change", target))
    if isinstance(target, Collection):
        return _edits_collection(user, target)
    return False


def may_edit_by_permission(user: Any, target: Any) -> bool:
    """Tell the same without looking at workflows, which cost a query for every page.

    Wagtail keeps the permissions on the user, so that only the first page costs a query.
    """
    if user.is_active and not user.is_superuser and isinstance(target, page_model()):
        policy = permission_policy(type(target))
        actions = {"change", "publish"}
        return bool(policy.user_has_any_permission_for_instance(user, actions, target))
    return may_edit(user, target)


def _edits_collection(user: Any, collection: Collection) -> bool:
    from wagtail.permission_policies.collections import CollectionManagementPermissionPolicy

    policy = CollectionManagementPermissionPolicy(Collection)
    return bool(policy.user_has_permission_for_instance(user, "change", collection))
