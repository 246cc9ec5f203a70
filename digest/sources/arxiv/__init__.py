"""arXiv: `source` reads the daily feeds, `oai` and `queries` the two other ways; the rest is what their bytes mean."""
