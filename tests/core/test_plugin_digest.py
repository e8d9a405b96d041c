"""A plug-in's results are named after its settings, the files that they name, and its code."""

from pathlib import Path

import pytest

from eigen2arc.core import plugin_digest as plugin_digest_module
from eigen2arc.core.plugin_digest import plugin_digest, tracks


def test_settings_and_names_are_told_apart() -> None:
    choices = [("lbp_histogram", {}), ("lbp_histogram", {"grid": 8}), ("hog_grid", {}), ("hog_grid", {"grid": 8})]
    assert len({plugin_digest("encoder", name, settings) for name, settings in choices}) == 4
    assert plugin_digest("encoder", "lbp_histogram", {"a": 1, "b": 2}) == plugin_digest(
        "encoder", "lbp_histogram", {"b": 2, "a": 1}
    )


def test_the_device_does_not_count() -> None:
    names = [plugin_digest("detector", "mtcnn", {"min_size_px": 20, "device": device}) for device in ("cpu", "cuda")]
    assert names[0] == names[1]
    inside = [
        plugin_digest("encoder", "projected", {"base": {"name": "embedding", "device": device}})
        for device in ("cpu", "cuda")
    ]
    assert inside[0] == inside[1]


def test_a_file_counts_by_its_content(tmp_path: Path) -> None:
    def name(path: Path) -> str:
        inside = {"base": {"name": "eigenfaces", "model": str(path)}, "projections": ["square_root"]}
        return plugin_digest("encoder", "projected", inside)

    paths = [tmp_path / word for word in ("a", "b", "c")]
    for path, content in zip(paths, (b"one", b"one", b"two"), strict=True):
        path.write_bytes(content)
    assert name(paths[0]) == name(paths[1]) != name(paths[2])
    before = name(paths[0])
    paths[0].write_bytes(b"three")
    assert name(paths[0]) != before


def test_a_folder_counts_by_the_weights_in_it(tmp_path: Path) -> None:
    def name(folder: str) -> str:
        return plugin_digest("detector", "mtcnn", {"weights": str(tmp_path / folder)})

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

    def names() -> list[str]:
        chosen = [("detector", "viola_jones"), ("aligner", "five_point"), ("encoder", "lbp_histogram")]
        return [plugin_digest(kind, name, {}) for kind, name in chosen]

    def changed(*modules: str) -> list[bool]:
        real = plugin_digest_module.code_digest
        before = names()
        with monkeypatch.context() as patch:
            patch.setattr(plugin_digest_module, "code_digest", lambda m, *w: "new" if m in modules else real(m, *w))
            return [a != b for a, b in zip(before, names(), strict=True)]

    assert changed("eigen2arc.core.pipeline") == [False, True, False]
    assert changed("eigen2arc.core.image") == [True, True, False]


def test_the_rooms_of_plug_ins_inside_count() -> None:
    assert tracks("encoder", "projected", {"base": {"name": "lbp_histogram"}}) == ("classical",)
    assert tracks("encoder", "projected", {"base": {"name": "embedding"}}) == ("classical", "deep")
    assert tracks("encoder", "projected", {"base": {"name": "mirror", "base": "onnx"}}) == ("classical", "deep")
    assert tracks("detector", "mtcnn", {}) == ("deep",)
