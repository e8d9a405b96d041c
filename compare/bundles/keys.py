"""Signing keys, Ed25519: a private one in a file of its own, a public one as a short line that can be sent or printed.

D. Bernstein and others, "High-speed high-security signatures", CHES 2011; RFC 8032. By the library `cryptography`.
"""

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING

from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import atomic_write

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: How the line of a public key begins; 32 bytes in base64 follow.
PREFIX = "ed25519:"

#: What is signed begins with this, so that no signature of a bundle is one of anything else.
CONTEXT = b"eigen2arc bundle 1\n"

#: More than a key in PEM, or a line with a public key, takes.
MAX_KEY_BYTES = 4096


def make_key(path: Path) -> str:
    """Write a new private key to a file that only its owner can read, in PEM, and return the public key's line.

    Raises UserError where the file is there: whoever overwrites a key loses it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    if path.exists():
        raise UserError(f"{path}: is already there, and a key that is written over is lost: name a new file")
    key = Ed25519PrivateKey.generate()
    with atomic_write(path, private=True) as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return public_line(key)


def read_key(path: Path) -> "Ed25519PrivateKey":
    """Read a private key. Raises UserError for a file that holds none of this kind."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    advice = "`eigen2arc report key FILE` makes one"
    with parsing(path, "holds no private key", advice):
        key = load_pem_private_key(_begin(path), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError(f"{path}: holds a private key that is not an Ed25519 one. {advice}")
    return key


def public_line(key: "Ed25519PrivateKey") -> str:
    """Return the line of the public key that belongs to a private one."""
    return PREFIX + base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")


def read_public(text: str) -> str:
    """Read a public key from its line, or from a file that holds the line; returns the line. Raises UserError."""
    line = text.strip()
    if not line.startswith(PREFIX):
        with parsing(text, "is no public key, nor a file with one", "It is the line that `report key` printed"):
            line = _begin(Path(text)).decode("ascii").strip()
    _raw(line)
    return line


def sign(key: "Ed25519PrivateKey", content: bytes) -> str:
    """Compute the signature of what a manifest holds, in base64. The same content and key give the same one."""
    return base64.b64encode(key.sign(CONTEXT + content)).decode("ascii")


def is_signed_by(line: str, signature: str, content: bytes) -> bool:
    """Tell whether a signature of this content is that of the public key ``line``. Raises UserError for no key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(_raw(line)).verify(
            base64.b64decode(signature, validate=True), CONTEXT + content
        )
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _raw(line: str) -> bytes:
    """The 32 bytes of a public key's line."""
    try:
        raw = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not line.startswith(PREFIX) or len(raw) != 32:
        raise UserError(f"{line:.60}: is no public key: expected {PREFIX} and 44 characters")
    return raw


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_KEY_BYTES)
