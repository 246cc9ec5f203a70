"""The page on which readers change everything about their subscription, by a signed link instead of a password."""
