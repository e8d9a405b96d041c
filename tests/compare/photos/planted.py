"""A folder of photos with faults planted in it, of which each has to be named: of drawn faces, or of a real set.

Tests load this file by its path: it is no test, and no part of the package.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from eigen2arc.core.image import read, write
from eigen2arc.core.plugins import build

#: Planted faults by Kind: what a finding of that kind has to name, each a set of people or images.
Planted = list[tuple[str, set[str]]]


def draw_people(
    folder: Path, strangers: Path, people: int = 34, images: int = 4, others: int = 12, seed: int = 5
) -> None:
    """Write drawn people, a folder each, and strangers, one image each and no folders."""
    dataset = build("dataset", "synthetic", people=people + others, images_per_person=images, seed=seed)
    for index, label in enumerate(dataset.labels.tolist()):
        number = index % images
        if label < people:
            write(folder / f"person{label:02d}" / f"{number}.png", dataset.images[index])
        elif number == 0:
            write(strangers / f"{label:03d}.png", dataset.images[index])


def copy_people(
    root: Path, folder: Path, strangers: Path, people: int = 60, others: int = 200, most: int = 10, seed: int = 0
) -> None:
    """Copy people with five images or more, at most ``most`` of each, and strangers with one, of a set in folders."""
    rng = np.random.default_rng(seed)
    files = {person.name: sorted(person.iterdir()) for person in sorted(root.iterdir()) if person.is_dir()}

    def draw(chosen: list[str], count: int) -> list[str]:
        return [chosen[i] for i in sorted(rng.permutation(len(chosen))[:count])]

    for name in draw([name for name, own in files.items() if len(own) >= 5], people):
        (folder / name).mkdir(parents=True)
        for file in files[name][:most]:
            shutil.copyfile(file, folder / name / file.name)
    strangers.mkdir(parents=True)
    for name in draw([name for name, own in files.items() if len(own) == 1], others):
        shutil.copyfile(files[name][0], strangers / files[name][0].name)


def plant(folder: Path, strangers: Path, clear: Callable[[np.ndarray], float], width_px: float) -> Planted:
    """Plant a fault of each kind, each in the folder of another person; returns what has to be named.

    ``clear(image)`` is how sure a detector is that an image shows one face: the faults that concern one image are
    planted where it shows one well. width_px : how wide a face is, about.
    """
    people = [path.name for path in sorted(folder.iterdir())]
    planted: Planted = []
    called, others = folder.name, strangers.name

    def files(person: str) -> list[Path]:
        return sorted((folder / person).iterdir())

    def best(person: str) -> Path:
        return max(files(person), key=lambda file: clear(read(file)))

    def name(*files: Path) -> set[str]:
        return {
            f"{others if file.is_relative_to(strangers) else called}/"
            + file.relative_to(strangers if file.is_relative_to(strangers) else folder).as_posix()
            for file in files
        }

    take = iter(people)
    # The same picture twice: saved again, and mirrored under another name.
    person = next(take)
    copy = folder / person / "again.jpg"
    write(copy, read(best(person)), jpeg_quality=70)
    planted.append(("same_picture", name(copy) | {person}))
    person, other = next(take), next(take)
    copy = folder / other / "mirrored.png"
    write(copy, np.ascontiguousarray(read(best(person))[:, ::-1]))
    planted.append(("two_names", name(copy) | {person, other}))
    # An image of one person in another's folder.
    person, other = next(take), next(take)
    moved = best(other)
    copy = folder / person / f"swapped{moved.suffix}"
    moved.rename(copy)
    planted.append(("misplaced", name(copy) | {person, other}))
    # An image of somebody who is in no folder.
    person = next(take)
    stranger = max(sorted(strangers.iterdir())[:5], key=lambda file: clear(read(file)))
    copy = folder / person / f"foreign{stranger.suffix}"
    stranger.rename(copy)
    planted.append(("misplaced", name(copy) | {person}))
    # One person in two folders, two people in one, one person among the strangers.
    person = next(take)
    half = files(person)[::2]
    (folder / f"{person} again").mkdir()
    for file in half:
        file.rename(folder / f"{person} again" / file.name)
    planted.append(("one_person", {person, f"{person} again"}))
    person, other = next(take), next(take)
    for file in files(other):
        file.rename(folder / person / f"other {file.name}")
    (folder / other).rmdir()
    planted.append(("two_people", {person}))
    person = next(take)
    moved = best(person)
    copy = strangers / f"known{moved.suffix}"
    moved.rename(copy)
    planted.append(("known_stranger", name(copy) | {person}))
    # What shows no face as it should.
    for kind, change in (
        ("turned", lambda image: np.rot90(image)),
        ("turned", lambda image: np.rot90(image, 2)),
        ("blurred", lambda image: cv2.GaussianBlur(image, (0, 0), width_px / 14)),
        (
            "tiny",
            lambda image: cv2.resize(image, None, fx=22 / width_px, fy=22 / width_px, interpolation=cv2.INTER_AREA),
        ),
        ("no_face", lambda image: np.full_like(image, 90)),
        ("several_faces", lambda image: np.hstack([image, image[:, ::-1], image])),
    ):
        person = next(take)
        file = best(person)
        write(file.with_name(f"{kind}.png"), np.ascontiguousarray(change(read(file))))
        file.unlink()
        planted.append((kind, name(file.with_name(f"{kind}.png"))))
    # Files that are no images, and folders that hold none.
    person = next(take)
    (folder / person / "notes.jpg").write_text("Taken in the garden.\n")
    planted.append(("unreadable", name(folder / person / "notes.jpg")))
    person = next(take)
    broken = folder / person / "broken.jpg"
    write(broken, read(best(person)))
    broken.write_bytes(broken.read_bytes()[:600])
    planted.append(("unreadable", name(broken)))
    person = next(take)
    (folder / person / "scan.pdf").write_bytes(b"%PDF-1.4\n")
    planted.append(("other_file", name(folder / person / "scan.pdf")))
    (folder / person / "Thumbs.db").write_bytes(b"x")
    planted.append(("left_by_a_system", name(folder / person / "Thumbs.db")))
    (folder / "Nobody").mkdir()
    planted.append(("empty_folder", {"Nobody"}))
    write(folder / "loose.png", read(best(next(take))))
    planted.append(("loose", name(folder / "loose.png")))
    person = next(take)
    for file in files(person)[1:]:
        file.unlink()
    planted.append(("one_image", {person}))
    return planted


def missed(planted: Planted, findings: Sequence[object]) -> Planted:
    """Return the planted faults that no finding of their kind names."""
    named = [(one.kind, {*one.people, *one.images}) for one in findings]
    return [(kind, what) for kind, what in planted if not any(kind == found and what <= said for found, said in named)]
