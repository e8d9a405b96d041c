"""What is installed is what is in the tree: a package left out of setup.cfg is missing only in the wheel."""

import configparser
from importlib.metadata import files
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "datasets", "classical", "deep", "recognize", "compare")


def config() -> configparser.ConfigParser:
    read = configparser.ConfigParser()
    read.read(ROOT / "setup.cfg")
    return read


def declared() -> set[str]:
    return set(config()["options"]["packages"].split())


def test_every_folder_with_sources_is_a_package() -> None:
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert declared() == {f"eigen2arc.{folder.relative_to(ROOT).as_posix().replace('/', '.')}" for folder in folders}


def test_nothing_claims_a_top_level_name_but_the_namespace() -> None:
    assert not (ROOT / "__init__.py").exists()
    assert not (ROOT / "eigen2arc").exists()
    installed = {entry.parts[0] for entry in files("eigen2arc") or [] if entry.suffix == ".py" and len(entry.parts) > 1}
    assert installed <= {"eigen2arc"}


def test_every_room_tells_type_checkers_that_it_is_annotated() -> None:
    data = config()["options.package_data"]
    for room in ROOMS:
        assert (ROOT / room / "py.typed").exists() and "py.typed" in data[f"eigen2arc.{room}"].split(", ")
