"""Mutation testing of what decides and what stands at the gates (`make mutate`).

Not a part of the suite: see docs/decisions/0012-a-mutation-driver-of-our-own.md.
"""
