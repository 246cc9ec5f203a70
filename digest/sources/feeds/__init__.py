"""Any RSS, Atom, RDF or JSON feed: `source` reads one, `discovery` finds it behind a page, the rest is what it says."""
