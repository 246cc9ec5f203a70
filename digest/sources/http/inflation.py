"""Decompression that cannot be made to fill the memory. Pure; reads nothing.

A decompressor asked for everything inflates a whole network chunk at once: 300 kB can become 300 MB before anybody
counts. So the raw bytes are inflated here, never beyond the limit.
"""

import zlib
from typing import Final

ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})

_GZIP: Final = 31  # zlib's wbits: 16 for a gzip frame, plus the largest window (15)
_ZLIB: Final = 15
_RAW: Final = -15

# Feeds and JSON shrink to a tenth, the most repetitive to a fiftieth; DEFLATE can reach 1:1032.
MAX_RATIO: Final = 200
STEP: Final = 262_144  # bytes inflated before they are counted
_RATIO_FREE: Final = 1_000_000  # bytes that may come from any ratio: small answers are harmless


class TooLarge(ValueError):
    """More bytes than accepted."""


class Damaged(ValueError):
    """The compressed data is broken or incomplete."""


class UnknownEncoding(ValueError):
    """The data is compressed in a way nobody asked for."""


class Inflater:
    """Turns the raw bytes of one body into its content, chunk by chunk, at most `limit` bytes of either."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in ENCODINGS:
            raise UnknownEncoding(f"the content encoding “{encoding[:40]}”, which was not asked for")
        self._limit = limit
        self._taken = 0
        self._given = 0
        self._stream = None if self._encoding in {"", "identity"} else self._new_stream()

    def feed(self, data: bytes) -> bytes:
        """Give the content of the next raw bytes. Raises TooLarge or Damaged."""
        self._taken += len(data)
        if self._taken > self._limit:
            raise TooLarge(f"more than {self._limit:,} bytes")
        return data if self._stream is None else self._inflate(data)

    def finish(self) -> None:
        """Check that nothing is missing at the end. Raises Damaged."""
        if self._stream is not None and self._taken and not self._stream.eof:
            raise Damaged("a body that breaks off")

    def _inflate(self, data: bytes) -> bytes:
        pieces = []
        while data:
            assert self._stream is not None
            if self._stream.eof:  # gzip allows several members, one after the other, and zeros as padding
                data = data.lstrip(b"\0")
                if not data:
                    break
                self._stream = self._new_stream()
            piece = self._step(data)
            pieces.append(piece)
            # A full piece may leave output inside zlib although it has taken all input: it is asked once more for it.
            while self._stream.unconsumed_tail or (len(piece) == STEP and not self._stream.eof):
                piece = self._step(self._stream.unconsumed_tail)
                pieces.append(piece)
            data = self._stream.unused_data
        return b"".join(pieces)

    def _step(self, data: bytes) -> bytes:
        assert self._stream is not None
        try:
            piece = self._stream.decompress(data, STEP)
        except zlib.error as error:
            piece = self._step_raw(data, error)
        self._given += len(piece)
        is_bomb = self._given > _RATIO_FREE and self._given > MAX_RATIO * self._taken
        if is_bomb or self._given > self._limit:
            raise TooLarge(f"more than {self._limit:,} bytes, or compressed over {MAX_RATIO} to 1")
        return piece

    def _step_raw(self, data: bytes, error: zlib.error) -> bytes:
        """Read `deflate` without its zlib frame, as some servers send it (RFC 9110, section 8.4.1.2)."""
        if self._encoding != "deflate" or self._given or self._taken > len(data):
            raise Damaged("compressed data that cannot be read") from error
        self._stream = zlib.decompressobj(_RAW)
        try:
            return self._stream.decompress(data, STEP)
        except zlib.error as second:
            raise Damaged("compressed data that cannot be read") from second

    def _new_stream(self) -> "zlib._Decompress":
        return zlib.decompressobj(_ZLIB if self._encoding == "deflate" else _GZIP)


def inflate(data: bytes, limit: int, encoding: str = "gzip") -> bytes:
    """Give the whole content of a compressed body. Raises TooLarge or Damaged."""
    inflater = Inflater(encoding, limit)
    content = inflater.feed(data)
    inflater.finish()
    return content


def inflate_start(data: bytes, length: int) -> bytes:
    """Give up to `length` bytes of the beginning of gzip data, or nothing if it is none."""
    try:
        return zlib.decompressobj(_GZIP).decompress(data, length)
    except zlib.error:
        return b""
