"""How long ago the story of the seed begins."""

#: Days between the first subscription and today: fourteen months.
DAYS = 425
