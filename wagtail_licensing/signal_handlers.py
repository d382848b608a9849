"""Connects the package to signals: what others do that concerns us, and what we announce."""


def connect() -> None:
    """Connect every receiver; called once, when the application is ready."""
