"""Who may do what in the admin: permission names, and the policy of licenses."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail.models import Collection, GroupCollectionPermission
from wagtail.permission_policies import ModelPermissionPolicy

from ..access.editors import may_edit
from ..compat import WAGTAIL_HAS_POLICY_REGISTRY, page_model, permission_policy
from ..models import (
    Certificate,
    Download,
    Gate,
    License,
    LicenseApplication,
    LicenseEvent,
    LicenseImport,
    LicenseProduct,
    LicenseSeat,
    OrganizationDomain,
    OutboxMessage,
    Quiz,
)
from ..models.gates import GateKind

VIEW_LICENSES = "wagtail_licensing.view_license"
ISSUE_LICENSES = "wagtail_licensing.issue_license"
SUSPEND_LICENSES = "wagtail_licensing.suspend_license"
REVOKE_LICENSES = "wagtail_licensing.revoke_license"
VIEW_APPLICATIONS = "wagtail_licensing.view_licenseapplication"
DECIDE_APPLICATIONS = "wagtail_licensing.decide_licenseapplication"
CHANGE_GATES = "wagtail_licensing.change_gate"
IMPORT_LICENSES = "wagtail_licensing.import_license"
VIEW_GATES = "wagtail_licensing.view_gate"
REVOKE_CERTIFICATES = "wagtail_licensing.revoke_certificate"
VIEW_DOWNLOADS = "wagtail_licensing.view_download"
VIEW_MAILS = "wagtail_licensing.view_outboxmessage"
CHANGE_MAIL_TEXTS = "wagtail_licensing.change_mailtext"
VIEW_BILLING_HEALTH = "wagtail_licensing.view_billing_health"
OPERATE_BILLING = "wagtail_licensing.operate_billing"
EXPORT_ACCOUNTS = "wagtail_licensing.export_account"
DELETE_ACCOUNTS = "wagtail_licensing.delete_account"
VIEW_REVENUE = "wagtail_licensing.view_revenuechange"
VIEW_HISTORY = "wagtail_licensing.view_licenseevent"


class KeptRowsPolicy(ModelPermissionPolicy):
    """Licenses and mails are changed by named actions only: nobody edits or deletes a row, no
    superuser either."""

    NEVER = frozenset({"add", "change", "delete"})

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Tell whether ``user`` may do ``action`` (view, issue, suspend, revoke)."""
        return action not in self.NEVER and super().user_has_permission(user, action)

    def users_with_any_permission(self, actions: Any) -> Any:
        """Return the users who may do any of ``actions``."""
        return super().users_with_any_permission([name for name in actions if name not in self.NEVER])


license_policy = KeptRowsPolicy(License)
mail_policy = KeptRowsPolicy(OutboxMessage)
application_policy = KeptRowsPolicy(LicenseApplication)
download_policy = KeptRowsPolicy(Download)
certificate_policy = KeptRowsPolicy(Certificate)
import_policy = KeptRowsPolicy(LicenseImport)
team_domain_policy = KeptRowsPolicy(OrganizationDomain)


def register_policies() -> None:
    """Tell Wagtail the policies of our models, where it keeps a registry of them."""
    if not WAGTAIL_HAS_POLICY_REGISTRY:
        return
    from wagtail.permissions import policy_registry, register_permission_policy

    named_actions: dict[Any, Any] = {
        License: license_policy,
        OutboxMessage: mail_policy,
        Download: download_policy,
        Certificate: certificate_policy,
        LicenseImport: import_policy,
        LicenseApplication: application_policy,
        OrganizationDomain: team_domain_policy,
    }
    for model in (LicenseProduct, Gate, Quiz, *named_actions):
        if policy_registry.get_by_type(model, fallback=False) is None:
            policy = named_actions.get(model) or ModelPermissionPolicy(model)
            register_permission_policy(model, policy)


def billing_permissions() -> QuerySet[Permission]:
    """Return the permissions on billing, on revenue, on the history and on people's data, for the form
    of a group. A hook."""
    billing = (VIEW_BILLING_HEALTH, OPERATE_BILLING, VIEW_REVENUE)
    offered = (*billing, VIEW_HISTORY, EXPORT_ACCOUNTS, DELETE_ACCOUNTS)
    names = [name.partition(".")[2] for name in offered]
    return Permission.objects.filter(content_type__app_label="wagtail_licensing", codename__in=names)


def may_see_person(user: Any, person: Any) -> bool:
    """Tell whether ``user`` may see what is known of the licenses of ``person``: by seeing licenses, of
    which the person has or had one or a seat; of anybody else only by a right on accounts too. Three
    queries at most."""
    if not user.has_perm(VIEW_LICENSES):
        return False
    model = get_user_model()._meta
    if any(user.has_perm(f"{model.app_label}.{each}_{model.model_name}") for each in ("view", "change")):
        return True
    given_away = LicenseEvent.objects.filter(kind="transferred", before__holder=f"user-{person.pk}")
    return (
        License.objects.filter(user=person).exists()
        or LicenseSeat.objects.filter(user=person).exists()
        or given_away.exists()
    )


def may_set_access(user: Any, page: Any) -> bool:
    """Tell whether ``user`` may change the gate of ``page``: an own permission, and editing the page."""
    return bool(user.has_perm(CHANGE_GATES) and page.permissions_for_user(user).can_edit())


def may_edit_target(user: Any, *, kind: str, target: Any) -> bool:
    """Tell whether ``user`` may edit what a gate of ``kind`` stands before, beside changing gates.

    A page or a document: editing it. A collection: managing it, or editing what lies in it. A page
    type: editing every page. Another object: editing it, or all of its kind. A named area belongs to
    nobody, so that changing gates is enough.
    """
    if user.is_superuser or kind == GateKind.AREA:
        return True
    if kind == GateKind.PAGE_TYPE:
        policy, root = permission_policy(page_model()), page_model().get_first_root_node()
        return bool(policy.user_has_any_permission_for_instance(user, {"change", "publish"}, root))
    if target is None:
        return False
    if kind == GateKind.OBJECT:
        codename = f"{target._meta.app_label}.change_{target._meta.model_name}"
        return may_edit(user, target) or bool(user.has_perm(codename))
    return may_edit(user, target) or (isinstance(target, Collection) and _edits_files_in(user, target))


def may_change_gate(user: Any, gate: Gate) -> bool:
    """Tell whether ``user`` may change ``gate``: an own permission, and the right on its target."""
    target = gate.page or gate.document or gate.collection or gate.target_object
    return bool(user.has_perm(CHANGE_GATES) and may_edit_target(user, kind=gate.kind, target=target))


def _edits_files_in(user: Any, collection: Collection) -> bool:
    """Tell whether a group of ``user`` may change documents or images in ``collection``."""
    above = collection.get_ancestors(inclusive=True)
    given = GroupCollectionPermission.objects.filter(
        group__user=user,
        collection__in=above,
        permission__codename__in=["change_document", "change_image"],
    )
    return bool(user.is_active and given.exists())
