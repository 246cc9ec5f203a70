"""The certificates by which connections are checked. To read them takes longer than most requests: it is done once."""

import functools
import os
import ssl

import httpx


def find_certificates() -> ssl.SSLContext:
    """Give what TLS connections trust: the certificates that httpx would, or those that SSL_CERT_FILE or _DIR name."""
    return _read(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _read(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()  # which reads the same variables
