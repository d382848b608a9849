"""The member's side as JSON, for front ends that render nothing here.

The same answers as the account pages and the gates give, from the same functions: who am I, what do
I hold, may I open this, how far am I, what may I download.
"""
