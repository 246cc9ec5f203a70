"""Who wrote it: names as printed, and whether an author is the researcher someone follows. Pure."""
