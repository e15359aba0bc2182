"""The arithmetic of the log and of verdicts: canonical text, salted hashes, digests. Pure; Django is not needed.

The README specifies this form so that a stranger can verify it in another language:

- a value is null, true, false, a string, an array or an object of such values; whole numbers and decimals are written
  as strings of digits, days as YYYY-MM-DD, times in UTC as YYYY-MM-DDTHH:MM:SS.ffffffZ;
- its canonical text is JSON (RFC 8259) without white space, object keys in code point order, nothing escaped but what
  JSON demands, in UTF-8;
- its seal is SHA-256 over salt, LF, canonical text, in lower-case hexadecimal; the salt is 32 hexadecimal digits.
"""

import hashlib
import json
import secrets
from datetime import UTC, date, datetime
from decimal import Decimal

# What the first act of a log follows.
ORIGIN = "0" * 64


def plain(value):
    """`value` as the canonical form knows it. Raises TypeError for what has no canonical form."""
    if value is None or isinstance(value, bool | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


_BARE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value):
    return _BARE.encode(value).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def chained(position, previous, body):
    """The hash of an act: SHA-256 over its position, the hash before it and the hash of its body, parted by LF."""
    return sha256(f"{position}\n{previous}\n{body}".encode())


def new_salt():
    return secrets.token_hex(16)


def sealed(value, salt):
    """The salted hash of a plain value."""
    return sha256(salt.encode() + b"\n" + canonical(value))


def seal(value):
    """[salt, hash] for a plain value, with a new salt."""
    salt = new_salt()
    return [salt, sealed(value, salt)]


def is_empty(value):
    """What the addition of a record does not tell in the log."""
    return value in (None, "", False, [])


def holds(value, salt_and_hash):
    """Does the value still fit its seal? A redacted value has lost its salt, and nothing can be said: True."""
    salt, expected = salt_and_hash
    return salt is None or sealed(value, salt) == expected
