"""What the check of a folder of photos found, as a page shows it and a terminal says it."""

from collections.abc import Callable

from eigen2arc.core.files import Json

#: What is found, in words, in the order in which it is told.
TITLES = {
    "unreadable": "cannot be read",
    "unreadable_folder": "folders that were not looked into",
    "other_file": "not images",
    "left_by_a_system": "left by a system",
    "loose": "in nobody's folder",
    "empty_folder": "folders without an image",
    "turned": "on their side or upside down",
    "no_face": "no face",
    "several_faces": "several faces",
    "tiny": "tiny faces",
    "blurred": "blurred faces",
    "same_picture": "the same picture twice",
    "two_names": "the same picture under two names",
    "one_person": "two folders that look like one person",
    "two_people": "one folder that looks like two people",
    "misplaced": "images that look like another person",
    "known_stranger": "strangers who look like somebody in the folder",
    "suspected": "perhaps under a wrong name, or alike by chance",
    "one_image": "people with one usable image",
    "no_image": "people without a usable image",
}

#: What is named one by one although it is no fault, so that somebody looks at it.
NAMED_NOTES = ("suspected", "one_image", "no_image")

#: What is said of files that are not used, where it is another word.
UNUSED = {"same_picture": "there already", "two_names": "under two names", "turned": "on their side"}


def by_kind(photos: Json) -> list[Json]:
    """Return the findings of each kind: its title, how many are faults, and all of them, faults first.

    shown : whether they are for somebody to look at, rather than only to be known.
    """
    rows = []
    for kind, title in TITLES.items():
        found = [one for one in photos["findings"] if one["kind"] == kind]
        faults = [one for one in found if one["severity"] == "fault"]
        notes = [one for one in found if one["severity"] != "fault"]
        if found:
            row = {"kind": kind, "title": title, "faults": len(faults), "findings": faults + notes}
            rows.append({**row, "shown": bool(faults) or kind in NAMED_NOTES})
    return rows


def count_line(photos: Json) -> str:
    """Say in one line what became of all files: "664 files = 640 used + 2 cannot be read + 22 no face"."""
    parts = [
        f"{count:,} {kind if kind == 'used' else UNUSED.get(kind, TITLES[kind])}"
        for kind, count in photos["counts"].items()
        if count or kind == "used"
    ]
    return f"{sum(photos['counts'].values()):,} {'file' if photos['files'] == 1 else 'files'} = {' + '.join(parts)}"


def summary(photos: Json) -> str:
    """Say in one line what can be used, and how much is to be mended."""
    faults = sum(one["severity"] == "fault" for one in photos["findings"])
    strangers = f" and {photos['strangers']:,} of strangers" if photos["strangers"] else ""
    people = "1 person" if photos["people"] == 1 else f"{photos['people']:,} people"
    used = f"{photos['images']:,} images of {people}{strangers} can be used"
    if not faults:
        return f"{used}; no fault was found."
    return f"{used}; {faults:,} {'fault is' if faults == 1 else 'faults are'} to be looked at."


def who_told(photos: Json) -> str:
    """Say in one line what found and encoded the faces, and what is to be said of it."""
    stages = ", ".join(f"{kind} {stage['name']}" for kind, stage in photos["stages"].items())
    return f"Who looks like whom was asked of {stages}{'; ' + photos['caution'] if photos['caution'] else ''}."


def photos_context(photos: Json, image: Callable[[str], str]) -> Json:
    """Return what the section of a page shows of a check; image : reads a file as a data: address."""

    def shown(finding: Json) -> Json:
        return {**finding, "sources": [image(name) for name in finding.get("files", [])]}

    return {
        "summary": summary(photos),
        "faults": sum(one["severity"] == "fault" for one in photos["findings"]),
        "count_line": count_line(photos),
        "who_told": who_told(photos),
        "not_checked": photos["not_checked"],
        "kinds": [{**row, "findings": list(map(shown, row["findings"]))} for row in by_kind(photos)],
    }
