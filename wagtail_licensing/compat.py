"""The only tests of versions in the package, and names that differ between them."""

from typing import Any

import swapper
from wagtail import VERSION

#: Wagtail 8.0 brought the registry of permission policies.
WAGTAIL_HAS_POLICY_REGISTRY = VERSION >= (8, 0)

# Wagtail 8 names its settings WAGTAIL_*; said here too, because our models may load before its own.
swapper.set_app_prefix("wagtailcore", "wagtail")


def page_model_name() -> str:
    """Return the name of the site's base page model, "wagtailcore.Page" unless it is swapped."""
    return str(swapper.get_model_name("wagtailcore", "Page"))


def page_model() -> type[Any]:
    """Return the site's base page model. Only when the models are loaded."""
    model: type[Any] = swapper.load_model("wagtailcore", "Page")
    return model


def permission_policy(model: type[Any]) -> Any:
    """Return Wagtail's permission policy for objects of the class ``model``."""
    if WAGTAIL_HAS_POLICY_REGISTRY:
        from wagtail.permissions import policy_registry

        return policy_registry.get_by_type(model)
    if issubclass(model, page_model()):
        from wagtail.permission_policies.pages import PagePermissionPolicy

        # Permissions are those of the base page here; asked of a subclass, its codenames miss.
        return PagePermissionPolicy()
    return _policy_of_old(model)


def _policy_of_old(model: type[Any]) -> Any:
    # Before the registry every kind of file kept its policy in a module of its own.
    from wagtail.documents.models import AbstractDocument
    from wagtail.images.models import AbstractImage
    from wagtail.permission_policies import ModelPermissionPolicy
    from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy

    if issubclass(model, AbstractDocument):
        from wagtail.documents.permissions import permission_policy as documents

        return documents
    if issubclass(model, AbstractImage):
        from wagtail.images.permissions import permission_policy as images

        return images
    if {"collection", "uploaded_by_user"} <= {field.name for field in model._meta.get_fields()}:
        return CollectionOwnershipPermissionPolicy(model, owner_field_name="uploaded_by_user")
    return ModelPermissionPolicy(model)
