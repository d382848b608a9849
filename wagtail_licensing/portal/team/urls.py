"""The addresses of teams, for ``wagtail_licensing.urls``."""

from django.urls import path

from . import billing, domains, invitations, organization, overview, transfers

_TEAM = "account/team"

urlpatterns = [
    path(f"{_TEAM}/", overview.overview, name="account_team"),
    path(f"{_TEAM}/new/", overview.create, name="create_organization"),
    path(f"{_TEAM}/join/<int:domain_id>/", overview.join, name="join_organization"),
    path(f"{_TEAM}/of/<slug:slug>/", organization.organization, name="organization"),
    path(f"{_TEAM}/of/<slug:slug>/invite/", organization.invite_person, name="invite_person"),
    path(f"{_TEAM}/of/<slug:slug>/people/<int:user_id>/role/", organization.set_role, name="set_role"),
    path(
        f"{_TEAM}/of/<slug:slug>/people/<int:user_id>/remove/",
        organization.remove,
        name="remove_person",
    ),
    path(f"{_TEAM}/of/<slug:slug>/leave/", organization.go, name="leave_organization"),
    path(f"{_TEAM}/of/<slug:slug>/rename/", organization.rename, name="rename_organization"),
    path(f"{_TEAM}/of/<slug:slug>/domains/", domains.add, name="add_domain"),
    path(f"{_TEAM}/of/<slug:slug>/domains/<int:domain_id>/", domains.change, name="change_domain"),
    path(f"{_TEAM}/of/<slug:slug>/billing/", billing.billing, name="organization_billing"),
    path(f"{_TEAM}/of/<slug:slug>/billing/portal/", billing.portal, name="organization_portal"),
    path(
        f"{_TEAM}/of/<slug:slug>/hand-over/",
        transfers.hand_over_organization,
        name="hand_over_organization",
    ),
    path(f"{_TEAM}/invitations/<int:invitation_id>/", invitations.manage, name="manage_invitation"),
    path(f"{_TEAM}/transfers/<int:transfer_id>/", transfers.manage, name="manage_transfer"),
    path(
        "account/licenses/<str:reference>/hand-over/",
        transfers.hand_over_license,
        name="hand_over_license",
    ),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("transfers/<str:token>/", transfers.transfer, name="transfer"),
]
