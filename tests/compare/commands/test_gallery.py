"""`eigen2arc gallery`: what is printed, what is written, and what is refused, with a reader of edges."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
import typer

from eigen2arc.compare.commands import gallery as commands
from eigen2arc.core import plugins, preferred
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read, write

NAMES = ("Ada", "Bob", "Böb", "Cem")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = plugins.build("dataset", "synthetic", people=len(NAMES), images_per_person=2, seed=1, size_px=96)
    folder = tmp_path_factory.mktemp("drawn")
    for number, label in enumerate(people.labels):
        write(folder / NAMES[label] / f"{number % 2}.png", people.images[number])
    return folder


@pytest.fixture
def photos(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    parts = Component("detector", "fixed_box"), Component("aligner", "box", {"size_px": 48})
    edges = preferred.Recognizer(*parts, Component("encoder", "hog_grid"), "edges", caution="it knows edges only")
    monkeypatch.setattr(preferred, "choose_recognizer", lambda encoder, network: edges)
    return Path(shutil.copytree(drawn, tmp_path / "photos"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """A function that runs a command: its exit code, and what it prints."""

    def made(command: Callable[..., None], *args: Any, **given: Any) -> tuple[int, str]:
        code = 0
        if command is commands.build:
            (tmp_path / "gallery").mkdir(exist_ok=True)
        try:
            command(*args, **given)
        except typer.Exit as stop:
            code = stop.exit_code
        return code, capsys.readouterr().out

    return made


def test_from_photos_to_a_gallery_and_what_is_said_of_it(run, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "gallery"
    write(photos / "Ada/small.png", cv2.resize(read(photos / "Ada/0.png"), (16, 16)))
    (photos / "Ada/notes.txt").write_text("no image")
    shutil.copy(photos / "Ada/0.png", photos / "loose.png")
    (photos / "Zoe").mkdir()
    (photos / "Zoe/0.jpg").write_text("no image")
    code, said = run(commands.build, photos, out)
    lines = said.splitlines()
    assert code == 1  # nobody of Zoe's
    assert lines[0].startswith("faces are told apart by edges (fixed_box, box, hog_grid); it knows edges only")
    assert "not enrolled: loose.png: lies in nobody's folder: move it into that of the person it shows" in lines
    assert "not enrolled: Zoe: none of the photos can be used" in lines
    assert any(line.startswith("not enrolled: Ada/small.png: ") and "12 are needed" in line for line in lines)
    assert f"{out}: 4 people with 8 images; of these photos 8 enrolled, 4 not (" in said
    assert said.count("\nno threshold: ") == 1
    table = (out / "refused.csv").read_text().splitlines()
    assert table[0] == "person,image,kind,why" and len(table) == 5 and table[1].startswith(",loose.png,loose,")
    with pytest.raises(UserError, match="is complete: more photos are added by eigen2arc gallery add"):
        run(commands.build, photos, out)

    assert run(commands.list_people, out)[1] == "Ada: 2 images\nBob: 2 images\nBöb: 2 images\nCem: 2 images\n"
    assert json.loads(run(commands.list_people, out, json=True)[1]) == dict.fromkeys(NAMES, 2)
    described = json.loads(run(commands.info, out, json=True)[1])
    assert (described["people"], described["images"], described["build"]) == (4, 8, "complete")
    assert described["keeps"] == "small pictures of 8 faces" and described["calibration"]["people"] == 4
    assert "names of people and vectors of their faces" in run(commands.info, out)[1].replace("\n", " ")


def test_people_come_go_and_get_other_names(run, photos: Path, tmp_path: Path) -> None:
    out, later = tmp_path / "gallery", tmp_path / "later"
    shutil.move(photos / "Cem", later / "Cem")
    assert run(commands.build, photos, out)[0] == 0
    code, said = run(commands.add, out, [later], json=True)
    assert code == 0 and json.loads(said)["enrolled"] == {"Cem": 2} and json.loads(said)["people"] == 4
    assert json.loads(run(commands.add, out, [later], json=True)[1])["there_already"] == 2
    code, said = run(commands.add, out, [later / "Cem/0.png"], person="Dan", json=True)
    assert code == 1 and json.loads(said)["refused"][0]["kind"] == "same_picture"
    with pytest.raises(UserError, match="say whom the images show with --person"):
        run(commands.add, out, [later / "Cem/0.png"])
    with pytest.raises(UserError, match="is no name of a person"):
        run(commands.add, out, [later / "Cem/0.png"], person="../x")

    with pytest.raises(UserError, match="nobody is called 'Adda': did you mean 'Ada'?"):
        run(commands.remove, out, ["Adda"])
    assert run(commands.remove, out, ["Ada"], image=["1.png"])[1].startswith("removed 1 image; 4 people with 7 images")
    assert run(commands.remove, out, ["Ada"])[1].startswith("removed 1 image; Ada is gone; 3 people with 6 images")
    with pytest.raises(UserError, match="Cem is there already: --merge makes one person of Bob and Cem"):
        run(commands.rename, out, "Bob", "Cem")
    assert run(commands.rename, out, "Bob", "Cem", merge=True)[1].startswith("Bob is Cem now, with 4 images\n")
    assert run(commands.rename, out, "Böb", "Bob")[1] == "Böb is Bob now, with 2 images\n"
    assert json.loads(run(commands.list_people, out, json=True)[1]) == {"Bob": 2, "Cem": 4}

    code, said = run(commands.check, out, json=True)
    assert code in (0, 1) and json.loads(said)["faults"] == [] and json.loads(said)["looked_up"] == 6
    (tmp_path / "x").mkdir()
    assert run(commands.export, out, tmp_path / "x")[1].startswith(f"{tmp_path / 'x'}: 2 people with 6 images: ")
    with pytest.raises(UserError, match="is not empty"):
        run(commands.export, out, tmp_path / "x")


def test_a_damaged_gallery_ends_a_check_with_2(run, photos: Path, tmp_path: Path) -> None:
    run(commands.build, photos, tmp_path / "gallery", images=False)
    (path,) = (tmp_path / "gallery/vectors").glob("*.vectors")
    content = path.read_bytes()
    path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    code, said = run(commands.check, tmp_path / "gallery")
    assert code == 2 and ".vectors: is damaged" in said


def test_a_folder_inside_the_other_is_refused(run, photos: Path) -> None:
    with pytest.raises(UserError, match="lies in the folder of the photos"):
        run(commands.build, photos, photos / "gallery")
