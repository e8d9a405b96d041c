"""Images from files and from arrays: lazy, named, versioned by their content."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.image import ImageError
from eigen2arc.datasets.images.lazy import ArrayImages, FileImages


def draw(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (3, 2), value).save(path)


def test_files_are_read_when_asked_for(tmp_path: Path) -> None:
    draw(tmp_path / "a/1.png", 10)
    (tmp_path / "b.png").write_bytes(b"no image")
    images = FileImages(tmp_path, ("a/1.png", "b.png", "absent.png"))
    assert len(images) == 3
    assert images[0].dtype == np.uint8 and images[0].tolist() == [[[10] * 3] * 3] * 2
    with pytest.raises(ImageError, match=r"b\.png"):
        images[1]
    with pytest.raises(ImageError, match=r"absent\.png"):
        images[2]


def test_version_is_the_hash_of_names_and_contents(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", 10)
    draw(tmp_path / "b.png", 20)
    names = ("a.png", "b.png")
    contents = [hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in names]
    slow = hashlib.sha256(b"a.png\0" + contents[0] + b"b.png\0" + contents[1]).hexdigest()
    version = FileImages(tmp_path, names).version
    assert version == slow
    assert FileImages(tmp_path, names[::-1]).version != version
    draw(tmp_path / "b.png", 21)
    assert FileImages(tmp_path, names).version != version
    (tmp_path / "b.png").unlink()
    assert FileImages(tmp_path, names).version != version  # and does not raise


def test_version_does_not_depend_on_where_the_folder_lies(tmp_path: Path) -> None:
    for folder in ("here", "there"):
        draw(tmp_path / folder / "a.png", 10)
    assert FileImages(tmp_path / "here", ("a.png",)).version == FileImages(tmp_path / "there", ("a.png",)).version


@pytest.mark.parametrize("names", [("a", "a"), ("/a",), ("../a",), ("x/../../a",), ("x\\..\\a",)])
def test_names_are_unique_and_below_the_folder(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="image names"):
        FileImages(tmp_path, names)


def test_arrays(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (2, 4, 5, 3)).astype(np.uint8)
    images = ArrayImages(list(pixels.copy()), ("a", "b"))
    assert np.array_equal(images[1], pixels[1])
    with pytest.raises(ValueError, match="read-only"):
        images[0][0, 0] = 0
    changed = pixels.copy()
    changed[1, 0, 0, 0] ^= 1
    assert ArrayImages(list(changed), ("a", "b")).version != images.version
    assert ArrayImages(list(pixels.reshape(2, 5, 4, 3)), ("a", "b")).version != images.version
    assert ArrayImages(list(pixels.copy()), ("a", "b")).version == images.version


def test_arrays_are_checked() -> None:
    with pytest.raises(ValueError, match="one name per image"):
        ArrayImages([np.zeros((2, 2, 3), np.uint8)], ("a", "b"))
    with pytest.raises(ValueError, match="uint8"):
        ArrayImages([np.zeros((2, 2, 3))], ("a",))
