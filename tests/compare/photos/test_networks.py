"""Networks of the user's own: a system each, with names that differ, and files that are there."""

from pathlib import Path

import pytest

from eigen2arc.compare.photos.networks import own_networks
from eigen2arc.compare.runner.suite import load
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import find


def test_each_file_is_a_system_with_a_name_of_its_own(tmp_path: Path) -> None:
    files = [tmp_path / "a" / "mine.onnx", tmp_path / "b" / "mine.onnx", tmp_path / "other.onnx"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"")
    made = own_networks(files)
    taken = {one.name for one in load("mine").systems} | {one.id for one in load("mine").systems}
    names = [word for one in made for word in (one.name, one.id)]
    assert len(set(names)) == 6 and not set(names) & taken
    for one, file in zip(made, files, strict=True):
        assert one.encoder is not None and one.encoder.settings == {"model": str(file)}
        assert {"model"} <= set(find("encoder", one.encoder.name).settings)


def test_files_that_are_not_there_or_twice_are_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    with pytest.raises(UserError, match=r"--network .*mine\.onnx: no such file"):
        own_networks([file])
    file.write_bytes(b"")
    with pytest.raises(UserError, match="is given twice"):
        own_networks([file, file])
