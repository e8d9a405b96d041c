import sys
from pathlib import Path
from typing import get_args, get_overloads, get_type_hints

import pytest

from eigen2arc.core import plugins, stages
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset


@pytest.fixture
def shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind "shape" with two plug-ins, a helper without build, and a private file."""
    folder = tmp_path / "shapes_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "circle.py").write_text(
        '"""A round one.\n\nMore."""\n\ndef build(*, radius_px: float) -> float:\n    return 3 * radius_px\n'
    )
    (folder / "square.py").write_text(
        "class Square:\n    def fit(self): ...\n\ndef build(*, side_px: float = 2):\n    return side_px\n"
    )
    (folder / "ring.py").write_text(
        "from dataclasses import dataclass\nfrom typing import ClassVar\n\n@dataclass\nclass Ring:\n"
        "    sides: ClassVar[int] = 0\n    radius_px: float\n    width_px: float = 1\n\nbuild = Ring\n"
    )
    (folder / "cube.py").write_text(
        "class Cube:\n    def __init__(self, side_px: float = 2, *, open: bool = False) -> None:\n"
        "        self.volume = side_px**3\n\nbuild = Cube\n"
    )
    (folder / "helper.py").write_text("raise RuntimeError('a listing must not import')\n")
    (folder / "_private.py").write_text("def build(): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(plugins.KINDS, "shape", ("shapes_of_a_test",))
    yield
    for name in [name for name in sys.modules if name.startswith("shapes_of_a_test")]:
        del sys.modules[name]


@pytest.mark.usefixtures("shapes")
class TestFolderAsRegistry:
    def test_a_file_with_build_is_a_plugin(self) -> None:
        found = plugins.plugins("shape")
        assert list(found) == ["circle", "cube", "ring", "square"]
        assert found["circle"].summary == "A round one." and found["circle"].settings == ("radius_px",)
        assert found["square"].learns and not found["circle"].learns

    def test_build_passes_settings(self) -> None:
        assert plugins.build("shape", "circle", radius_px=2) == 6
        assert plugins.build("shape", "square") == 2

    def test_a_class_is_a_build(self) -> None:
        found = plugins.plugins("shape")
        assert found["ring"].settings == ("radius_px", "width_px") and found["cube"].settings == ("side_px", "open")
        assert plugins.build("shape", "cube", side_px=3).volume == 27
        assert plugins.build("shape", "ring", radius_px=3).width_px == 1
        with pytest.raises(UserError, match="ring needs the setting 'radius_px'"):
            plugins.build("shape", "ring")
        with pytest.raises(UserError, match="cube: open = 1: expected true or false"):
            plugins.build("shape", "cube", open=1)

    @pytest.mark.parametrize(
        ("name", "settings", "message"),
        [
            ("cirle", {}, "no shape is called 'cirle': did you mean 'circle'"),
            ("circle", {"radius": 2}, "no setting 'radius': did you mean 'radius_px'"),
            ("circle", {}, "needs the setting 'radius_px'"),
        ],
    )
    def test_a_typo_meets_the_nearest_name(self, name: str, settings: dict, message: str) -> None:
        with pytest.raises(UserError, match=message):
            plugins.build("shape", name, **settings)


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_every_plugin_says_what_it_is(kind: str) -> None:
    found = plugins.plugins(kind)
    assert found
    for plugin in found.values():
        assert plugin.summary.endswith((".", "?")), f"{plugin.module}: its docstring's first line is shown in listings"


def test_an_editor_is_told_the_contract_of_every_kind_that_has_one_in_core() -> None:
    hints = [get_type_hints(overload) for overload in get_overloads(plugins.build)]
    told = {get_args(hint["kind"])[0]: hint["return"] for hint in hints if hint["kind"] is not str}
    known = {kind: getattr(stages, kind.capitalize(), None) for kind in plugins.KINDS}
    assert told == {kind: contract for kind, contract in known.items() if contract} | {"dataset": Dataset}
