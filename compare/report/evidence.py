"""What the page shows beside curves: found faces, the worst errors, the time, and who saw the same crops."""

from typing import Any

from .run_folder import Detections, RunFolder
from .style import DASHES, STAGE_COLOURS, Look

CHIP_COLOURS = ("#d1e9ff", "#d3f8df", "#fee4e2", "#fef0c7", "#ebe9fe", "#ccfbef", "#fce7f6", "#eaecf0")


def crop_chips(systems: list[dict[str, Any]]) -> dict[str, str]:
    """A background colour for every different crop hash: systems with one colour saw byte-identical crops."""
    hashes = dict.fromkeys(system["crops_sha256"] for system in systems if system.get("crops_sha256"))
    return {sha256: CHIP_COLOURS[number % len(CHIP_COLOURS)] for number, sha256 in enumerate(hashes)}


def samples(run: RunFolder, found: dict[str, Detections], looks: dict[str, Look]) -> list[dict[str, Any]]:
    """Every sample picture with one tile for the annotation, if there is one, and one for each different detector."""
    shown = []
    for number, sample in enumerate(run.metrics.get("samples", [])):
        tiles: list[dict[str, Any]] = []
        if sample["truth"]:
            faces = [{"box": box, "score": None, "landmarks": None, "hit": True} for box in sample["truth"]]
            tiles.append({"names": ["annotation"], "colour": "#ffffff", "faces": faces, "false": 0})
        for name, faces in sample["detections"].items():
            hits = _hits(found.get(name), sample["image"], len(faces))
            marked = [{**face, "hit": hit} for face, hit in zip(faces, hits, strict=True)]
            alike = next((tile for tile in tiles if tile["faces"] == marked), None)
            if alike is None:  # systems with one detector share a tile
                colour = looks[name].colour if name in looks else "#ffd60a"
                tiles.append({"names": [name], "colour": colour, "faces": marked, "false": hits.count(False)})
            else:
                alike["names"].append(name)
        shown.append({**sample, "id": f"sample-{number}", "source": run.picture(sample["picture"]), "tiles": tiles})
    return shown


def _hits(found: Detections | None, image: str, count: int) -> list[bool]:
    """Which of an image's best detections are no false alarms; all are where none was judged (no annotated faces)."""
    hits = [] if found is None else (found.hits | found.ignored)[found.images == image].tolist()
    return hits[:count] if len(hits) >= count else [True] * count


def errors(run: RunFolder) -> list[dict[str, Any]]:
    """The worst pairs of each system, by kind, with their two pictures."""
    shown = []
    for system in run.metrics["systems"]:
        kinds = {
            kind: [
                {**pair, "sources": [run.picture(pair["first_picture"]), run.picture(pair["second_picture"])]}
                for pair in system.get("errors", {}).get(kind, [])
            ]
            for kind in ("false_accepts", "false_rejects")
        }
        if any(kinds.values()):
            shown.append({"name": system["name"], **kinds})
    return shown


def timing(systems: list[dict[str, Any]]) -> dict[str, Any]:
    """Seconds by stage, and bars: the width of each part in per cent of the slowest system's whole."""
    stages = [stage for stage in STAGE_COLOURS if any(stage in system["timing"] for system in systems)]
    totals = [sum(part["seconds"] for part in system["timing"].values()) for system in systems]
    longest = max(totals) or 1.0
    rows = []
    for system, total in zip(systems, totals, strict=True):
        bars, start = [], 0.0
        for stage in stages:
            width = 100 * system["timing"].get(stage, {"seconds": 0.0})["seconds"] / longest
            bars.append({"stage": stage, "start": start, "width": width, "colour": STAGE_COLOURS[stage]})
            start += width
        rows.append({"name": system["name"], "total": total, "bars": bars, "stages": system["timing"]})
    return {"stages": {stage: STAGE_COLOURS[stage] for stage in stages}, "rows": rows}


def tracks(systems: list[dict[str, Any]], looks: dict[str, Look]) -> list[dict[str, Any]]:
    """The entries of the legend: every system with its colour and dashes in units of the swatch."""
    return [
        {
            "name": system["name"],
            "track": system["track"],
            "colour": looks[system["name"]].colour,
            "dashes": " ".join(f"{2 * length:g}" for length in DASHES.get(system["track"], ())),
        }
        for system in systems
    ]
