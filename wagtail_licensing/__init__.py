"""License products, entitlement rules and guardian permissions for Wagtail."""

__version__ = "0.1.0.dev0"
