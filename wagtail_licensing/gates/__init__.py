"""Enforcement: every way out of a site asks the access decision here."""
