"""`python -m example_site.stripe_simulator --port 4242`."""

from .command import main

raise SystemExit(main())
