"""Versions of what a product promises: made on change, pinned to licenses, never changed."""

from datetime import datetime

from django.db import connection, transaction

from ..models import LicenseProduct, ProductPolicy


def current_policy(product: LicenseProduct, *, at: datetime) -> ProductPolicy:
    """Return the version of the policy that a license issued now is pinned to.

    The newest, if it says what the product says; else a new one, also when the product was changed
    past every form. One query, or four for a new version. Two at once get the same one.
    """
    newest = _newest(product)
    if newest is not None and newest.terms_of_policy == product.terms_of_policy:
        return newest
    with transaction.atomic():
        fresh = LicenseProduct.objects.select_for_update(
            no_key=connection.features.has_select_for_no_key_update
        ).get(pk=product.pk)
        newest = _newest(product)
        if newest is not None and newest.terms_of_policy == fresh.terms_of_policy:
            return newest
        policy: ProductPolicy = ProductPolicy.objects.create(
            product=fresh,
            version=newest.version + 1 if newest else 1,
            created_at=at,
            **fresh.terms_of_policy,
        )
    return policy


def _newest(product: LicenseProduct) -> ProductPolicy | None:
    policies = ProductPolicy.objects.filter(product_id=product.pk)
    newest: ProductPolicy | None = policies.order_by("-version").first()
    return newest
