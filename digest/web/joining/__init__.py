"""The form by which anybody asks for the digest: filled in, looked at, and sent, with a foretaste on the way."""
