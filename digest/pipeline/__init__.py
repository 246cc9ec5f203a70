"""The imperative shell: one act a file. Acts fetch, store and send, and leave every decision to the pure modules."""
