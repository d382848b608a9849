"""Mails to members: written down with the change that calls for them, sent when they are due."""
