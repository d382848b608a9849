"""The authentication backend that answers object permissions from the access decision."""


class LicenseBackend:
    """Answers ``open_gate`` and ``use_product`` from ``check_access``."""

    def authenticate(self, request, **credentials):
        """Sign nobody in: this backend only authorises."""
        return None
