"""Privacy: what is kept about a person, how they get a copy, and what is left when they go.

Every field of every model is classified in ``table``; export and erasure follow it, so that what is
not in the table cannot be forgotten: ``tests/privacy`` fails for it.
"""
