"""What subscriptions do to licenses, gathered, and written as if it were done one after the other."""

from dataclasses import dataclass, field
from datetime import datetime

from ..licenses import (
    ChangedBy,
    NewLicense,
    NewTerms,
    apply_terms_to_many,
    issue_many,
    revoke_license,
)
from ..models import BillingItem, License
from ..models.many_rows import update_rows

#: Who holds what: a product, and a user or an organization.
_Holding = tuple[int, int | None, int | None]


@dataclass(slots=True)
class LicenseWrites:
    """Licenses to issue and to change. In the transaction of the caller, who ends with ``flush``.

    Changes of different licenses do not see each other, with one exception: a new license goes on
    where an earlier one of the same product and holder had stopped. So what was gathered about those
    is written before it.
    """

    at: datetime
    _new: list[tuple[BillingItem, NewLicense, NewTerms]] = field(default_factory=list)
    _terms: dict[int, NewTerms] = field(default_factory=dict)
    _touched: set[_Holding] = field(default_factory=set)

    def issue(self, row: BillingItem, new: NewLicense, terms: NewTerms) -> None:
        """Issue a license for the item ``row`` and bring it to ``terms``."""
        holding = (
            new.product.pk,
            new.user.pk if new.user else None,
            new.organization.pk if new.organization else None,
        )
        if holding in self._touched:
            self.flush()
        self._touched.add(holding)
        self._new.append((row, new, terms))

    def change(self, license: License, terms: NewTerms) -> None:
        """Bring a license to ``terms``."""
        self._touch(license)
        if terms.product is not None:
            self._touched.add((terms.product.pk, license.user_id, license.organization_id))
        self._terms[license.pk] = terms

    def revoke(self, license: License, by: ChangedBy) -> None:
        """Revoke a license, at once."""
        self.flush()
        revoke_license(license_id=license.pk, at=self.at, by=by)

    def flush(self) -> None:
        """Write what was gathered."""
        new, terms = self._new, self._terms
        self._new, self._terms, self._touched = [], {}, set()
        if new:
            licenses = issue_many(new=[each for _row, each, _terms in new], at=self.at)
            for license, (row, _new, its_terms) in zip(licenses, new, strict=True):
                row.license = license
                terms[license.pk] = its_terms
            update_rows([row for row, _new, _terms in new], fields=["license"])
        apply_terms_to_many(wanted=terms, at=self.at)

    def _touch(self, license: License) -> None:
        self._touched.add((license.product_id, license.user_id, license.organization_id))
