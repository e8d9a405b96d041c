"""What `eigen2arc cluster` found, as a page shows it and a terminal says it."""

from collections.abc import Callable

from eigen2arc.core.files import Json

#: A page shows so many people, so many faces of each, and so many of the faces that are like no other.
PEOPLE_SHOWN, FACES_SHOWN, ALONE_SHOWN = 200, 12, 60


def counted(count: int, one: str, many: str = "") -> str:
    """Write a number with its word: "1 face", "1,200 people"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def summary(found: Json) -> list[str]:
    """Say in three lines what was read, from which score on faces are alike, and what became of the faces."""
    faces = found["faces"]
    empty = found["images"] - len({one["image"] for one in faces}) - len(found["unreadable"])
    read = [f"{counted(len(faces), 'face')} in {counted(found['images'], 'image')}"]
    read += [f"{counted(empty, 'image')} without a face"] if empty else []
    read += [f"{counted(len(found['unreadable']), 'file')} cannot be read"] if found["unreadable"] else []
    grouped = sum(one["cluster"] is not None for one in faces)
    tiny, blurred = (sum(one["left_out"] == word for one in faces) for word in ("tiny", "blurred"))
    alone = len(faces) - grouped - tiny - blurred
    parts = [f"{counted(found['people'], 'person', 'people')} with two faces or more: {counted(grouped, 'face')}"]
    parts += [f"{counted(alone, 'face')} like no other"]
    parts += [f"{tiny:,} too small to be told apart"] if tiny else []
    parts += [f"{blurred:,} too blurred"] if blurred else []
    return ["; ".join(read), found["origin"], "; ".join(parts)]


def people(found: Json) -> list[Json]:
    """Return each person that was found: number, faces, those that fit best first, and their images, each once."""
    by_number: dict[int, list[Json]] = {number: [] for number in range(1, found["people"] + 1)}
    for face in found["faces"]:
        if face["cluster"] is not None:
            by_number[face["cluster"]].append(face)
    rows = []
    for number, faces in by_number.items():
        faces.sort(key=lambda one: -one["score"])
        rows.append({"number": number, "faces": faces, "images": list(dict.fromkeys(one["image"] for one in faces))})
    return rows


def clusters_context(found: Json, image: Callable[[str], str]) -> Json:
    """Return what a page shows of a folder's people; image : reads a file as a data: address."""

    def shown(faces: list[Json], most: int) -> Json:
        return {
            "tiles": [{**face, "source": image(face["cut"])} for face in faces[:most]],
            "more": max(0, len(faces) - most),
        }

    rows = people(found)
    alone = [one for one in found["faces"] if one["cluster"] is None and not one["left_out"]]
    return {
        "summary": summary(found),
        "people": [row | shown(row["faces"], FACES_SHOWN) for row in rows[:PEOPLE_SHOWN]],
        "more": max(0, len(rows) - PEOPLE_SHOWN),
        "alone": {"faces": alone, **shown(alone, ALONE_SHOWN)} if alone else None,
    }
