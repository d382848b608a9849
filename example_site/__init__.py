"""The demo site: settings, pages, seed data and the Stripe simulator."""
