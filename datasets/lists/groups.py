"""Groups of images or people as a CSV file, such as ``person,group,age`` and then ``Ada,north,30s``."""

import csv
from collections.abc import Sequence
from pathlib import Path

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.download.files import open_text

FORM = "a line 'image,group' or 'person,group', or more groupings, by any names; then a line an image, or a person"


def read_groups(path: Path | str, names: Sequence[str], owners: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read groupings by their names: of each image the name of its group, "" where the file has none.

    names, owners : N of each, an image's name in the set and its person's. The file's first column, ``image`` or
    ``person``, says which of the two its lines begin with; every other column is a grouping; an empty cell is no group.
    Raises UserError that names file and line.
    """
    path = Path(path)
    try:
        with open_text(path, newline="") as file:
            header, *lines = list(csv.reader(file)) or [[]]
    except csv.Error as error:
        raise UserError(f"{path}: is not a CSV file ({error})") from None
    kinds = {"image": names, "person": owners}
    groupings = header[1:]
    if not groupings or header[0] not in kinds or "" in groupings or len(set(groupings)) < len(groupings):
        raise UserError(f"{path}:1: got {','.join(header)!r:.200}. The form is: {FORM}")
    known = set(kinds[header[0]])
    rows: dict[str, list[str]] = {}
    for line, row in enumerate(lines, 2):
        if not row:
            continue
        if len(row) != len(header) or row[0] not in known or row[0] in rows:
            wanted = f"expected {len(header)} cells, the first the name of a known {header[0]}"
            what = "is there already" if row[0] in rows else wanted
            raise UserError(f"{path}:{line}: got {','.join(row)!r:.200}: {what}")
        rows[row[0]] = row[1:]
    none = [""] * len(groupings)
    columns = zip(*(rows.get(key, none) for key in kinds[header[0]]), strict=True)
    return dict(zip(groupings, columns, strict=True))
