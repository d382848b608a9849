"""Measured ratios and query budgets: `make bench`. What it measures: docs/explanation/performance.md."""
