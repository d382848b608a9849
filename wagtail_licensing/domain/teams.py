"""Who may do what in a team. Pure rules; who somebody is, the caller has looked up."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is in an organization. There is one owner, always."""

    OWNER = "owner"
    MANAGER = "manager"
    MEMBER = "member"


#: The roles that can be given. Ownership is handed over, never given.
GIVEN_ROLES = frozenset({Role.MANAGER, Role.MEMBER})

_MANAGES = frozenset({Role.OWNER, Role.MANAGER})

#: The roles with which somebody may buy for the organization.
BUYER_ROLES = frozenset({Role.OWNER, Role.MANAGER})


def may_manage(role: Role | None) -> bool:
    """Tell whether somebody may see the team, invite, and give and take seats."""
    return role in _MANAGES


def may_buy(role: Role | None) -> bool:
    """Tell whether somebody may buy for the organization, and see and change its billing."""
    return role in BUYER_ROLES


def may_invite_as(role: Role | None, wanted: Role) -> bool:
    """Tell whether somebody may invite a person who is to become ``wanted``."""
    if wanted is Role.MEMBER:
        return may_manage(role)
    return wanted is Role.MANAGER and role is Role.OWNER


def may_remove(role: Role | None, other: Role) -> bool:
    """Tell whether somebody may remove a person who is ``other``. The owner is never removed."""
    if other is Role.OWNER:
        return False
    return role is Role.OWNER or (role is Role.MANAGER and other is Role.MEMBER)


def may_change_roles(role: Role | None) -> bool:
    """Tell whether somebody may make others managers, and hand the organization over."""
    return role is Role.OWNER
