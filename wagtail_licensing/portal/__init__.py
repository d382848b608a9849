"""The members' side: plans, buying, the return from checkout, and the account.

Views parse, make one call inwards, and render. Whatever a person sees here is for that person
alone and is never cached.
"""
