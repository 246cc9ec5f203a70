"""Daily Paper Digest: new papers in, personal digests out."""
