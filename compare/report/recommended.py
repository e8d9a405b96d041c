"""The section that recommends a threshold for each system, and the same in words for the terminal."""

from eigen2arc.core.files import Json

from .overview import percent


def rate(value: float) -> str:
    """Format a share in per cent with two digits that mean something: 0.31 %, 4.2 %, 17 %."""
    share = 100 * value
    return f"{share:.0f}" if share >= 10 else f"{round(share, 1):g}" if share >= 1 else f"{share:.2g}"


def recommended_section(systems: list[Json]) -> Json | None:
    """Return what the section shows: a row for each system, those that refuse the fewest first; None without any."""
    found = [(system, one) for system in systems if (one := _of(system)) is not None]
    if not found:
        return None
    known = sorted(((s, one) for s, one in found if "left_out" not in one), key=lambda pair: _order(pair[1]))
    rows = [_row(system, one) for system, one in known]
    return {
        "asked": next((row["asked"] for row in rows), ""),
        "rows": rows,
        "left_out": [f"{system['name']}: {one['left_out']}" for system, one in found if "left_out" in one],
        "words": words(systems),
        **_size(found),
    }


def _size(found: list[tuple[Json, Json]]) -> Json:
    """How many pairs, and of whom: of the system that saw the most faces."""
    sizes = [one for _, one in found if "left_out" not in one]
    if not sizes:
        return {"pairs": "0", "people": "0", "counted": ""}
    most = max(sizes, key=lambda one: one["pairs"])
    unknown = f", {most['unknown']:,} of them of strangers whose names are not known" if most["unknown"] else ""
    counted = f"{most['images']:,} images{unknown}"
    return {"pairs": f"{most['pairs']:,}", "people": f"{most['people']:,}", "counted": counted}


def words(systems: list[Json]) -> list[str]:
    """Say which threshold to use with the system that refuses the fewest, and how far that holds, in sentences."""
    found = [(system["name"], one) for system in systems if (one := _of(system)) and "left_out" not in one]
    usable = [(name, one) for name, one in found if one["fnmr"] is not None]
    if not usable:
        return ["No threshold can be recommended: that takes two people with two images each."]
    name, best = min(usable, key=lambda pair: _order(pair[1]))
    asked, fmr, fnmr = f"{rate(best['asked'])} %", best["fmr"], best["fnmr"]
    if best["lowest"] is None:
        return [f"No threshold can be recommended for {asked}. {too_few(best, asked)}"]
    said = [
        f"Use threshold {score(best['threshold'])} with {name}: it then accepts {rate(fmr['value'])} % of the pairs of "
        f"two people here, and with other people like these {between(fmr)}; of the pairs of one person it refuses "
        f"{rate(fnmr['value'])} % ({between(fnmr)})."
    ]
    return said if best["promised"] else [*said, too_few(best, asked)]


def too_few(one: Json, asked: str) -> str:
    """Say that there are too few people for a rate, for which they are enough, and how many there would have to be."""
    people = f"{one['people']:,} people"
    enough = "are too few for any rate" if one["lowest"] is None else f"are enough for {rate(one['lowest'])} %"
    takes = "compare mine --plan says how many it takes as a rule"
    if one["needed"] is not None:
        takes = f"{asked} takes about {one['needed']:,} like them"
    return f"Too few people to promise {asked}: {people} {enough}; {takes}."


def between(one: Json) -> str:
    """Format an interval: "0.52 to 1.9 %"."""
    return f"{rate(one['low'])} to {rate(one['high'])} %"


def score(value: float) -> str:
    """Format a score with four digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _of(system: Json) -> Json | None:
    found: Json | None = system.get("verification", {}).get("recommended")
    return found


def _order(one: Json) -> tuple[float, float]:
    """What refuses the fewest comes first; of equally good ones that whose false match rate is known best."""
    return 2.0 if one["fnmr"] is None else one["fnmr"]["value"], one["fmr"]["high"]


def _row(system: Json, one: Json) -> Json:
    return {
        "name": system["name"],
        "asked": rate(one["asked"]),
        "threshold": score(one["threshold"]),
        "ends": f"{score(one['low'])} to {score(one['high'])}",
        "fmr": percent(one["fmr"]["value"]),
        "fmr_ends": between(one["fmr"]),
        "fnmr": "-" if one["fnmr"] is None else percent(one["fnmr"]["value"]),
        "fnmr_ends": "" if one["fnmr"] is None else between(one["fnmr"]),
        "promised": one["promised"],
        "lowest": "none" if one["lowest"] is None else f"{rate(one['lowest'])} %",
        "needed": "-" if one["needed"] is None else f"{one['needed']:,}",
    }
