"""The billing engine: what a Stripe account does by itself as time passes."""
