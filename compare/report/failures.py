"""The gallery of failures: each system's worst errors, and the pairs at which all systems fail, or one alone."""

from eigen2arc.core.files import Json

from .overview import percent
from .pictures import Pictures

KINDS = {"false_accepts": "Two people taken for one", "false_rejects": "One person taken for two"}


def failure_section(metrics: Json, pictures: Pictures) -> Json:
    """Return what failures.html shows; {} where no system is wrong about any pair.

    shared : None for a single system, else counts, and the pairs at which all fail. systems : of each that fails its
    worst pairs by kind, and those at which it alone fails.
    """
    shared = metrics.get("failures")
    systems = [_system(system, shared, pictures) for system in metrics["systems"]]
    shown = [one for one in systems if one["kinds"] or one["alone"]]
    if not shown:
        return {}
    return {"systems": shown, "shared": None if shared is None else _shared(shared, metrics["systems"], pictures)}


def _system(system: Json, shared: Json | None, pictures: Pictures) -> Json:
    errors = system.get("errors", {})
    marked = [
        {"heading": heading, "pairs": [_marked(pair, shared, pictures) for pair in errors[kind]]}
        for kind, heading in KINDS.items()
        if errors.get(kind)
    ]
    alone: Json = {} if shared is None else shared["alone"].get(system["id"], {})
    return {
        "name": system["name"],
        "kinds": marked,
        "alone": [pictures.pair(pair) | {"outdone": percent(pair["outdone"])} for pair in alone.get("shown", [])],
        "alone_pairs": alone.get("pairs", 0),
    }


def _marked(pair: Json, shared: Json | None, pictures: Pictures) -> Json:
    """A pair with a word on who else fails at it: nothing where there is nobody else."""
    mark = ""
    if shared is not None:
        of = shared["systems"]
        mark = {1: "only this system fails here", of: "all fail here"}.get(pair["failing"], "")
    return pictures.pair(pair) | {"mark": mark}


def _shared(shared: Json, systems: list[Json], pictures: Pictures) -> Json:
    everybody = shared["everybody"]
    return {
        "of": shared["systems"],
        "pairs": shared["pairs"],
        "nobody": shared["nobody"],
        "everybody": everybody["pairs"],
        "crops_of": next((one["name"] for one in systems if one["id"] == everybody["crops_of"]), ""),
        "shown": [pictures.pair(pair) | {"outdone": percent(pair["outdone"])} for pair in everybody["shown"]],
    }
