"""What a training and a test set share, as a page shows it and a terminal says it."""

from collections.abc import Callable

from eigen2arc.core.files import Json

#: What is done to a picture of a kind, in words.
KINDS = {"identical": "pixel by pixel", "near": "saved again or changed", "mirrored": "mirrored"}


def guard_contexts(metrics: Json, image: Callable[[str], str]) -> list[Json]:
    """Return what the section of a run's page shows of each guard; image : reads a file as a data: address."""
    return [guard_context(guard, image) | {"task": guard["task"]} for guard in metrics.get("guards", [])]


def guard_context(found: Json, image: Callable[[str], str]) -> Json:
    """Return what a page shows of an overlap: sentences, and pairs of images with their captions."""

    def tiles(rows: list[Json], caption: Callable[[Json], Json]) -> list[Json]:
        shown = [row for row in rows if "files" in row]
        return [{**caption(row), "images": row["images"], "sources": list(map(image, row["files"]))} for row in shown]

    doubles = found.get("vectors", {}).get("doubles", [])
    parts = [
        ("People in both", found["people"], tiles(found["people"], _person)),
        ("Pictures in both", found["pictures"], tiles(found["pictures"], _picture)),
        ("Within one set: one person under two names?", doubles, tiles(doubles, _double)),
    ]
    return {
        "finding": finding(found),
        "shared": bool(found["people"] or found["pictures"]),
        "by_what": by_what(found),
        "parts": [
            {"title": title, "tiles": shown, "count": len(rows), "left": len(rows) - len(shown)}
            for title, rows, shown in parts
            if rows
        ],
        "sides": [found["training"], found["test"]],
    }


def finding(found: Json) -> str:
    """Say in one line whether anything of the test set is in the training set."""
    people, pictures = len(found["people"]), len(found["pictures"])
    if not people and not pictures:
        return "Nobody, and no picture, was found in both the training and the test set."
    said = [_counted(people, "person", "people")] if people or not pictures else []
    said += [_counted(pictures, "picture", "pictures")] if pictures else []
    verb = "is" if people + pictures == 1 else "are"
    return f"{' and '.join(said)} {verb} in both the training and the test set."


def by_what(found: Json) -> list[Json]:
    """Return a row for each way of looking: by what, how many people and pictures, and what has to be said of it."""
    counts = {way: sum(way in one["by"] for one in found["people"]) for way in ("name", "picture", "vectors")}
    unnamed = [f"{name} does not say who is who" for name in found["unnamed"]]
    numbered = _counted(found["numbered"], "shared label is a number", "shared labels are numbers")
    kinds = [f"{count:,} {KINDS[kind]}" for kind, count in found["kinds"].items() if count]
    rows = [
        {
            "by": "name",
            "people": "-" if unnamed else f"{counts['name']:,}",
            "pictures": "",
            "said": "; ".join(unnamed or ([f"{numbered}, which names nobody"] if found["numbered"] else [])),
        },
        {
            "by": "image",
            "people": "-" if unnamed else f"{counts['picture']:,}",
            "pictures": f"{len(found['pictures']):,}",
            "said": ", ".join(kinds),
        },
    ]
    if "vectors" in found:
        rows.append(
            {"by": "face", "people": f"{counts['vectors']:,}", "pictures": "", "said": _power(found["vectors"])}
        )
    else:
        said = found.get("not_compared") or "; ".join(unnamed) or "not compared here"
        rows.append({"by": "face", "people": "-", "pictures": "", "said": said})
    return rows


def _power(vectors: Json) -> str:
    """How alike two have to be, and how many would be found."""
    alike = f"cosine {vectors['threshold']:.3f} or more, which chance reaches {vectors['alpha']:g} times in all"
    if vectors["threshold"] > 1:
        alike = "nobody can be found: with so few people, or such vectors, chance alone reaches a cosine of 1"
    share = vectors["detectable"]
    found = (
        "how many it would find is not known" if share is None else f"would find {100 * share:.0f} % of those in both"
    )
    return f"{alike}; {found}"


def _person(row: Json) -> Json:
    by = ", ".join({"vectors": "face", "picture": "image"}.get(way, way) for way in row["by"])
    return {"names": [row["training"], row["test"]], "said": f"by {by}{_surely(row)}"}


def _picture(row: Json) -> Json:
    detail = "" if row["kind"] == "identical" else f", {100 * row['correlation']:.0f} % alike"
    return {"names": row["people"], "said": f"{KINDS[row['kind']]}{detail}"}


def _double(row: Json) -> Json:
    return {"names": row["people"], "said": f"both in {row['set']}{_surely(row)}"}


def _surely(row: Json) -> str:
    """How alike two are, and how often chance would do it."""
    if "expected" not in row:
        return ""
    chance = f"{row['expected']:.1g}" if row["expected"] >= 1e-6 else "< 1e-6"
    return f"; cosine {row['similarity']:.2f}, by chance {chance}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
