"""Two parts of people's folders."""

from pathlib import Path

import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.train_valid import build


def make(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (3, 4), (len(name), 0, 0)).save(root / name)
    return root


def test_people_in_both_parts_are_the_same(tmp_path: Path) -> None:
    files = ("train/Bob/1.png", "train/Ada/1.png", "valid/Bob/x.png", "valid/Cy/1.jpg")
    both = build(root=make(tmp_path / "mine", *files))
    assert both.people == ("Ada", "Bob", "Cy")
    assert both.images.names == ("train/Ada/1.png", "train/Bob/1.png", "valid/Bob/x.png", "valid/Cy/1.jpg")
    assert both.labels is not None and both.labels.tolist() == [0, 1, 1, 2]
    assert both.fold is not None and both.fold.tolist() == [0, 0, 1, 1]
    assert both.images[2].shape == (4, 3, 3)
    assert both.protocol.endswith("train: 2 images of 2 people, valid: 2 images of 2 people; people in both: 1")


def test_strangers(tmp_path: Path) -> None:
    assert "people in both: 0" in build(root=make(tmp_path, "train/Ada/1.png", "valid/Bob/1.png")).protocol


@pytest.mark.parametrize("there", [("train/Ada/1.png",), ("train/Ada/1.png", "valid/loose.png")])
def test_a_part_without_images(tmp_path: Path, there: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match=r"valid: there is no image in a person's folder. Expected: ROOT/train/Ada"):
        build(root=make(tmp_path, *there))
