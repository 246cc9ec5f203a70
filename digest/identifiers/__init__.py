"""Ids and links as services and people write them, read as the one spelling we know them by. Pure."""
