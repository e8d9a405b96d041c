"""A plug-in with its settings: read as a person wrote it, built when needed, named after all that it depends on."""

from pathlib import Path
from typing import Any

import pytest

from eigen2arc.core import component, plugins
from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.component import Component, files_named
from eigen2arc.core.errors import UserError


def key(kind: str, name: str, settings: dict[str, Any]) -> str:
    return Component(kind, name, settings).key


def test_a_name_counts_as_a_table() -> None:
    plain = Component.parse("encoder", "lbp_histogram", "x")
    assert plain == Component.parse("encoder", {"name": "lbp_histogram"}, "x") == Component("encoder", "lbp_histogram")
    given = {"dataset": "synthetic", "people": 3}
    assert Component.parse("dataset", given, "x", "dataset") == Component("dataset", "synthetic", {"people": 3})


def test_a_table_is_the_component_s_own_and_comes_back() -> None:
    given = {"name": "projected", "base": {"name": "lbp_histogram"}, "projections": ["lda"]}
    made = Component.parse("encoder", given, "x")
    assert made.table() == given
    given["base"]["grid"] = 3  # type: ignore[index]
    assert made.settings["base"] == {"name": "lbp_histogram"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, r"owner: expected a name, or a table with \"name\" and settings, got 3"),
        ({"grid": 3}, "owner: expected a name, or a table"),
        ("lbp_histograms", "owner: no encoder is called 'lbp_histograms': did you mean 'lbp_histogram'"),
        (
            {"name": "lbp_histogram", "gird": 3},
            "owner: encoder lbp_histogram has no setting 'gird': did you mean 'grid'",
        ),
    ],
)
def test_mistakes_are_named_with_their_owner(given: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Component.parse("encoder", given, "owner")


def test_defaults_are_for_those_that_take_them() -> None:
    mtcnn = Component("detector", "mtcnn", {"min_size_px": 30})
    assert mtcnn.with_defaults(device="cpu", root=None).settings == {"device": "cpu", "min_size_px": 30}
    assert Component("detector", "mtcnn", {"device": "cuda"}).with_defaults(device="cpu").settings["device"] == "cuda"
    assert Component("encoder", "lbp_histogram").with_defaults(device="cpu", root="x").settings == {}


def test_it_is_built_once_and_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "build", lambda kind, name, **settings: [kind, name, settings])
    made = Component("encoder", "lbp_histogram", {"grid": 3})
    assert made.built == ["encoder", "lbp_histogram", {"grid": 3}] == made.fresh()
    assert made.built is made.built is not made.fresh()


@pytest.mark.parametrize(
    ("name", "settings", "learns"),
    [
        ("lbp_histogram", {}, False),
        ("eigenfaces", {}, True),
        ("eigenfaces", {"model": "a"}, False),
        ("projected", {"base": "lbp_histogram", "projections": ["lda"]}, True),
        ("projected", {"model": "a"}, False),
        ("symmetric", {"base": "lbp_histogram"}, False),
        ("symmetric", {"base": "eigenfaces"}, True),
        ("symmetric", {"base": {"name": "symmetric", "base": "eigenfaces"}}, True),
        ("symmetric", {"model": "a"}, False),
    ],
)
def test_what_learns(name: str, settings: dict[str, Any], learns: bool) -> None:
    assert Component("encoder", name, settings).learns == learns


def test_settings_and_names_are_told_apart() -> None:
    choices = [("lbp_histogram", {}), ("lbp_histogram", {"grid": 8}), ("hog_grid", {}), ("hog_grid", {"grid": 8})]
    assert len({key("encoder", name, settings) for name, settings in choices}) == 4
    assert key("encoder", "lbp_histogram", {"a": 1, "b": 2}) == key("encoder", "lbp_histogram", {"b": 2, "a": 1})


def test_the_device_does_not_count() -> None:
    names = [key("detector", "mtcnn", {"min_size_px": 20, "device": device}) for device in ("cpu", "cuda")]
    assert names[0] == names[1]
    inside = [key("encoder", "projected", {"base": {"name": "embedding", "device": one}}) for one in ("cpu", "cuda")]
    assert inside[0] == inside[1]


def test_a_file_counts_by_its_content(tmp_path: Path) -> None:
    def name(path: Path) -> str:
        inside = {"base": {"name": "eigenfaces", "model": str(path)}, "projections": ["square_root"]}
        return key("encoder", "projected", inside)

    paths = [tmp_path / word for word in ("a", "b", "c")]
    for path, content in zip(paths, (b"one", b"one", b"two"), strict=True):
        path.write_bytes(content)
    assert name(paths[0]) == name(paths[1]) != name(paths[2])
    before = name(paths[0])
    paths[0].write_bytes(b"three")
    assert name(paths[0]) != before


def test_a_folder_counts_by_the_weights_in_it(tmp_path: Path) -> None:
    def name(folder: str) -> str:
        return key("detector", "mtcnn", {"weights": str(tmp_path / folder)})

    for folder, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / folder / "pnet").mkdir(parents=True)
        (tmp_path / folder / "pnet/best.safetensors").write_bytes(content)
    assert name("a") == name("b") != name("c")
    (tmp_path / "a/curves").write_bytes(b"no weights")
    assert name("a") == name("b")
    (tmp_path / "a/rnet.pt").write_bytes(b"one")
    assert name("a") != name("b")


def test_what_is_done_to_an_image_before_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline chooses the face that an aligner gets; a detector and an encoder do without."""

    def keys() -> list[str]:
        chosen = [("detector", "viola_jones"), ("aligner", "five_point"), ("encoder", "lbp_histogram")]
        return [Component(kind, name).key for kind, name in chosen]

    def changed(module: str) -> list[bool]:
        real, before = component.code_digest, keys()
        with monkeypatch.context() as patch:
            patch.setattr(
                component, "code_digest", lambda name, *words: "new" if name == module else real(name, *words)
            )
            return [a != b for a, b in zip(before, keys(), strict=True)]

    assert changed("eigen2arc.core.pipeline") == [False, True, False]
    assert changed("eigen2arc.core.image") == [True, True, False]


@pytest.mark.parametrize(
    ("settings", "tracks"),
    [
        ({"base": {"name": "lbp_histogram"}}, ("classical",)),
        ({"base": {"name": "embedding"}}, ("classical", "deep")),
        ({"base": {"name": "mirror", "base": "onnx"}}, ("classical", "deep")),
    ],
)
def test_the_rooms_of_plug_ins_inside_count(settings: dict[str, Any], tracks: tuple[str, ...]) -> None:
    assert Component("encoder", "projected", settings).tracks == tracks
    assert Component("detector", "mtcnn").tracks == ("deep",)


def test_files_named_anywhere_in_settings_are_found(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    paths = [tmp_path / "a.onnx", tmp_path / "folder" / "b.safetensors"]
    for path in (*paths, tmp_path / "folder" / "curve.csv"):
        path.write_text(path.name)
    settings = {"model": str(paths[0]), "inside": [{"weights": str(tmp_path / "folder"), "name": "", "size_px": 3}]}
    assert files_named(settings) == {str(path): file_digest(path) for path in paths}
    assert files_named({"name": "absent.onnx", "on": True}) == {}
