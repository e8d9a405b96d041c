"""What a training of a cascade says of its pictures, and the files that it leaves behind."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.formats.json_form import write_cascade_json
from eigen2arc.classical.detect.cascade.formats.xml_write import write_cascade_xml
from eigen2arc.core.files import write_text
from eigen2arc.core.image import find_images

from .state import TrainingState

#: Of a stage's record, what is not the same from one run to the next.
VARYING = ("search_s", "boost_s", "peak_memory_gb")


def described(folders: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """Folders of pictures by what they are for, with their number and a digest (SHA-256) of names and content."""
    return {kind: _described(paths) for kind, paths in folders.items()}


def _described(folders: Sequence[str]) -> dict[str, Any]:
    digest, paths = hashlib.sha256(), find_images([Path(folder) for folder in folders])
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return {"folders": list(folders), "pictures": len(paths), "sha256": digest.hexdigest()}


def about(state: TrainingState) -> dict[str, Any]:
    """Where the cascade comes from: the same whenever the same is trained, so nothing about time or memory."""
    records = [{key: value for key, value in record.items() if key not in VARYING} for record in state.records]
    data = {
        kind: {**part, "folders": [Path(folder).name for folder in part["folders"]]}
        for kind, part in state.facts["data"].items()
    }
    return {**state.facts, "data": data, "stages": records, "ended": state.reason}


def write_results(state: TrainingState, cascade: Cascade, out: Path) -> None:
    """Write cascade.json, cascade.xml (for cv2.CascadeClassifier) and stages.jsonl into ``out``, each atomically."""
    write_text(out / "stages.jsonl", "".join(json.dumps(record) + "\n" for record in state.records))
    write_cascade_json(out / "cascade.json", cascade, about(state))
    write_cascade_xml(out / "cascade.xml", cascade)
