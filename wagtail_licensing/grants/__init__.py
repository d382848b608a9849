"""guardian's side of licensing: what was given by hand, and the mirror of what licenses give."""
