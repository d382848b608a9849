"""System checks. An id is never reused and never changes its meaning.

E: will not work or is not safe. W: works, but unwise. Each has a hint.
"""


def register_checks() -> None:
    """Register every check; called once, when the application is ready."""
