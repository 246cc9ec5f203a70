"""People: their channels, consent and wishes. Knows nothing about papers."""
