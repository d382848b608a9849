"""The staff's screens in the Wagtail admin."""
