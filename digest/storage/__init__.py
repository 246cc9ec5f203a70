"""The only SQL in `digest`: tables, and one module of functions per noun. Every function takes the caller's session."""
