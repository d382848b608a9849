"""Stripe: the only importer of its SDK. Events in, licenses out, checkout and portal."""
