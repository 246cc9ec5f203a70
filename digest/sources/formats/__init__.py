"""How papers are written down, whoever sends them: feeds, JSON, dates, names, identifiers. Pure."""
