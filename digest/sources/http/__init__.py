"""The one HTTP client: `client` asks, `exchange` runs a request, the rest are its manners and limits."""
