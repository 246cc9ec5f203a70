"""Random text of this installation, so that what it hashes cannot be looked up in lists made elsewhere."""

import hashlib
import hmac
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.lifecycle_tables import SaltRow
from subscribers.store.rows import insert_unless_there


def find_salt(session: Session, name: str) -> str:
    """Give a salt, made when it is first needed, and looked up once in a session."""
    known: dict[str, str] = session.info.setdefault("salts", {})
    if name not in known:
        known[name] = _load(session, name)
    return known[name]


def hash_with(salt: str, text: str) -> str:
    """Give the HMAC-SHA256 of a text; 64 characters."""
    return hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()


def _load(session: Session, name: str) -> str:
    query = select(SaltRow.value).where(SaltRow.name == name)
    salt = session.scalar(query)
    if salt is None:
        insert_unless_there(session, SaltRow, {"name": name, "value": secrets.token_hex(32)})
        salt = session.scalars(query).one()
    return salt
