"""What a bundle says of itself: its files with their sizes and SHA-256, how much was left out, and whose key signed."""

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from eigen2arc.core.files import Json

#: Of the manifest, and of what stands in a bundle.
FORMAT: Literal[1] = 1

#: The manifest's and the signature's name in a bundle.
MANIFEST, SIGNATURE = "manifest.json", "signature.txt"

#: What is bundled of a run, as far as it has it: what is not named here, as a file of the user's own, is not.
TABLES = ("metrics.json", "scores.csv", "answers.csv", "confusions.csv", "people.csv", "detections.csv", "images.csv")

#: The names that a run gives its images, see runner.pictures.
PICTURE = re.compile(r"pictures/[0-9a-f]{24}\.jpg")


class Stored(BaseModel, extra="forbid"):
    """A file of a bundle."""

    bytes: Annotated[int, Field(ge=0, le=2**53)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel, extra="forbid"):
    """A bundle's manifest. public_key : the line of the key that signed it, null for a bundle that nobody signed."""

    format: Literal[1]
    eigen2arc: Annotated[str, Field(max_length=100)]
    files: dict[str, Stored]
    images_left_out: Annotated[int, Field(ge=0, le=2**53)]
    public_key: Annotated[str, Field(max_length=100)] | None


def to_bytes(manifest: Manifest) -> bytes:
    """Write a manifest as the JSON that is stored and signed; the same manifest gives the same bytes."""
    return (json.dumps(manifest.model_dump(), indent=1, sort_keys=True) + "\n").encode("ascii")


def pictures_named(metrics: Json) -> set[str]:
    """Find the names of all images that a run's metrics name, wherever they stand in them."""
    found: set[str] = set()
    inside: list[Any] = [metrics]
    while inside:
        value = inside.pop()
        if isinstance(value, dict | list):
            inside += value.values() if isinstance(value, dict) else value
        elif isinstance(value, str) and PICTURE.fullmatch(value):
            found.add(value)
    return found


def stored(path: Path) -> Stored:
    """Compute the size and the SHA-256 of a file."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Stored(bytes=file.tell(), sha256=sha256)
