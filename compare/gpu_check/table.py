"""The check as text: the machine, the tests, and a table of all rows."""

from collections.abc import Iterator, Mapping
from typing import Any

from eigen2arc.compare.commands.bench import number

HEADER = ("what", "ours", "unit", "peer", "peer's name", "ratio", "note")

#: Columns that hold numbers.
RIGHT = ("ours", "peer", "ratio")


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that tell what the JSON of a check says."""
    machine = document["machine"]
    card = machine["card"] or "no card: a rehearsal on the CPU"
    yield f"card     {card}" + (
        f", {machine['card_memory_gb']} GB, driver {machine['driver']}" if machine["card"] else ""
    )
    yield f"software torch {machine['torch']}, CUDA {machine['cuda']}, Python {machine['python']}"
    yield f"computer {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB"
    if document["missing"]:
        yield f"missing  {', '.join(document['missing'])}"
    tests = document["tests"]
    if tests is not None:
        counts = ", ".join(f"{tests[name]} {name}" for name in ("passed", "failed", "skipped"))
        yield f"tests    {tests['status']}: {counts} in {tests['seconds']:.0f} s" + _after(tests["note"])
        yield from (f"         {failure}" for failure in tests["failures"])
    yield ""
    rows = [row for section in document["sections"] for row in _section_rows(section)]
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    for cells in (HEADER, *rows):
        padded = [
            cell.rjust(width) if name in RIGHT else cell.ljust(width)
            for name, cell, width in zip(HEADER, cells, widths, strict=True)
        ]
        yield "  ".join(padded).rstrip()


def _section_rows(section: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for row in section["rows"]:
        ours, peer, ratio = (number(row[name]) for name in ("ours", "peer", "ratio"))
        yield row["what"], ours, row["unit"], peer, row["peer_name"] if peer else "", ratio, row.get("note", "")
    if section["status"] != "done":
        yield f"{section['name']}: {section['status']}", "", "", "", "", "", section["note"]


def _after(note: str) -> str:
    return f"; {note}" if note else ""
