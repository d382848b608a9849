"""What Stripe says, and what it means for licenses. The only folder that speaks to Stripe.

An event goes ``inbox`` -> ``lease`` -> ``fetch`` -> ``apply`` -> ``licenses``; a purchase goes
``customers`` -> ``checkout``; what was missed is found by ``reconcile`` and ``sweep``.
"""
