"""Pairs in pickles of every protocol, those of Python 2 written by hand, and pickles that mean harm."""

import io
import os
import pickle
import pickletools
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, decode, encode
from eigen2arc.datasets.containers import pickled_pairs
from eigen2arc.datasets.containers.pickled_pairs import read_pairs
from eigen2arc.datasets.readers.insightface_bin import build


def picture(value: int) -> bytes:
    return encode(np.full((4, 4, 3), value, np.uint8))


def python_2(images: list[bytes], same: list[bool]) -> bytes:
    """What cPickle of Python 2 wrote with protocol 2: byte strings as strings, every thing remembered."""
    out = io.BytesIO()
    out.write(b"\x80\x02]q\x00(")
    for memo, image in enumerate(images, 1):
        short = len(image) < 256
        out.write(b"U" + bytes([len(image)]) if short else b"T" + struct.pack("<i", len(image)))
        out.write(image + (b"q" + bytes([memo]) if memo < 256 else b"r" + struct.pack("<i", memo)))
    out.write(b"e]q\xfe(" + b"".join(b"\x88" if one else b"\x89" for one in same) + b"e\x86q\xff.")
    return out.getvalue()


def write(folder: Path, content: bytes) -> Path:
    (folder / "lfw.bin").write_bytes(content)
    return folder / "lfw.bin"


def pickled(made: Any, protocol: int) -> bytes:
    return pickle.dumps(made, protocol)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@given(data=st.data())
def test_every_protocol(tmp_path_factory: pytest.TempPathFactory, protocol: int, data: st.DataObject) -> None:
    image = st.one_of(st.binary(max_size=40).filter(bool), st.integers(250, 300).map(lambda n: b"\x89\xff\n" * n))
    pairs = data.draw(st.lists(st.tuples(image, image, st.booleans()), min_size=1, max_size=6))
    images, same = [one for a, b, _ in pairs for one in (a, b)], [one for _, _, one in pairs]
    for content in (pickled((images, same), protocol), pickled([images, same], protocol), python_2(images, same)):
        path = write(tmp_path_factory.getbasetemp(), content)
        assert pickle.loads(content, encoding="bytes")[0] == images
        mine = read_pairs(path)
        for offset, size, as_text, truth in zip(*mine[:3], images, strict=True):
            found = content[offset : offset + size]
            assert (found.decode().encode("latin-1") if as_text else found) == truth
        assert mine.same.tolist() == same


@pytest.mark.parametrize("protocol", [2, 4])
def test_pairs_and_folds_are_insightfaces(tmp_path: Path, protocol: int) -> None:
    from sklearn.model_selection import KFold

    same = [i % 3 == 0 for i in range(23)]
    write(tmp_path, pickled(([picture(i) for i in range(46)], same), protocol))
    mine = build(root=tmp_path)
    assert mine.trials is not None and mine.labels is None and mine.faces is None
    assert mine.trials.same.tolist() == same
    assert [int(mine.images[i][0, 0, 0]) for i in mine.trials.first] == list(range(0, 46, 2))
    assert [int(mine.images[i][0, 0, 0]) for i in mine.trials.second] == list(range(1, 46, 2))
    for number, (_, test) in enumerate(KFold(10, shuffle=False).split(np.arange(23))):
        assert np.flatnonzero(mine.trials.fold == number).tolist() == test.tolist()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("numpy_1", [True, False])
def test_arrays_of_bytes(tmp_path: Path, protocol: int, numpy_1: bool) -> None:
    """As cv2.imencode and np.fromfile give them: a row, or a column; truth values of numpy's, too."""
    files = [picture(i) for i in range(8)]
    arrays = [np.frombuffer(file, np.uint8).copy() for file in files[:6]] + [np.frombuffer(files[6], np.uint8)]
    arrays[1:3] = [array[:, None] for array in arrays[1:3]]
    same = [True, False, True, False]
    for truth in (same, [np.bool_(one) for one in same], np.array(same)):
        content = pickle.dumps(([*arrays, files[7]], truth), protocol)
        if numpy_1 and protocol < 4:
            content = content.replace(b"numpy._core", b"numpy.core")
        write(tmp_path, content)
        mine = build(root=tmp_path)
        assert [int(mine.images[i][0, 0, 0]) for i in range(8)] == [int(decode(file)[0, 0, 0]) for file in files]
        assert mine.trials is not None and mine.trials.same.tolist() == same


class Harm:
    """A pickle of it calls os.system when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_never_run(tmp_path: Path, protocol: int) -> None:
    trap = tmp_path / "run"
    pickle.loads(pickled(Harm(trap), protocol))
    assert trap.exists()  # it does harm where it is loaded
    trap.unlink()
    for made in (Harm(trap), ([Harm(trap), b"x"], [True]), ([b"x", b"x"], [True, Harm(trap)])):
        write(tmp_path, pickled(made, protocol))
        with pytest.raises(UserError, match="Nothing in it was run"):
            build(root=tmp_path)
        assert not trap.exists()


def opcodes(*pieces: bytes) -> bytes:
    return b"\x80\x02" + b"".join(pieces) + b"."


TEXT, LATIN1 = b"X\x01\0\0\0a", b"X\x06\0\0\0latin1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (opcodes(b"c_codecs\nencode\n", TEXT, b"X\x05\0\0\0rot13", b"\x86R"), "a call"),
        (opcodes(b"c_codecs\ndecode\n", TEXT, LATIN1, b"\x86R"), "a call of b'_codecs.decode' at byte 17"),
        (opcodes(b"cos\nsystem\n", TEXT, b"\x85R"), "a call of b'os.system'"),
        (opcodes(b"\x8c\x02os\x8c\x06system\x93"), "a call of b'os.system'"),
        (opcodes(b"]", TEXT, LATIN1, b"\x86R"), "REDUCE without what it needs"),
        (opcodes(TEXT, b"R"), "the instruction REDUCE without what it needs|a call"),
        (opcodes(b"c_codecs\nencode\n", b"]]\x86R"), "REDUCE without what it needs"),
        (opcodes(b"e"), "the instruction APPENDS without what it needs"),
        (opcodes(b"(e"), "APPENDS without"),
        (opcodes(b"K\x01K\x02a"), "APPEND without"),
        (opcodes(b"h\x07"), "BINGET without"),
        (opcodes(b"q\x07"), "BINPUT without"),
        (opcodes(b"\x86"), "expected a list of images|TUPLE2 without"),
        (opcodes(b"}"), "the instruction EMPTY_DICT"),
        (opcodes(b"\xfe"), "the instruction of no known kind"),
        (opcodes(b"\x82\x01"), "the instruction EXT1"),
        (b"\x80\x04\x8e" + b"\xff" * 8, "18,446,744,073,709,551,615 bytes promised, 0 there at byte 11"),
        (b"\x80\x02T\xff\xff\xff\xff", "4,294,967,295 bytes promised"),
        (b"\x80\x02]", "1 bytes promised, 0 there"),
        (b"", "cannot be read"),
        (b".", "expected a list of images"),
        (b"\x89PNG\r\n", "is damaged, or is no pickle"),
        (pickle.dumps([[], []]), "expected two images for each pair, got 0 for 0"),
        (pickle.dumps([[b"a"], [True]]), "expected two images for each pair, got 1 for 1"),
        (pickle.dumps([[b"a", 3], [True]]), "expected images as byte strings"),
        (pickle.dumps([[b"a", b"b"], [2]]), "expected a truth value"),
        (pickle.dumps([[b"a", b"b"], [b"c"]]), "expected a truth value"),
        (pickle.dumps([[b"a", b"b"], [True], [True]]), "expected a list of images"),
        (pickle.dumps([[b"a", b"b"], [np.int64(1)]]), "a call at byte .* Nothing in it was run"),
        (pickle.dumps([[b"a", b"b"], [np.str_("a")]]), "Nothing in it was run"),
        (pickle.dumps([[np.zeros((2, 2, 3), np.uint8)] * 2, [True]]), "image files, got arrays of pixels"),
        (pickle.dumps([[np.zeros(3)] * 2, [True]]), "image files, got arrays of pixels"),
        (pickle.dumps([[np.array([{}])] * 2, [True]]), "the instruction EMPTY_DICT"),
        (opcodes(b"cnumpy\ndtype\n]b"), "the instruction BUILD without|a call"),
        (opcodes(b"cnumpy\ndtype"), "bytes promised"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    write(tmp_path, content)
    with pytest.raises(UserError, match=f"lfw.bin: (.|\n)*({message})"):
        build(root=tmp_path)


@given(st.binary(max_size=60).map(lambda tail: b"\x80\x02" + tail), st.randoms(use_true_random=False))
def test_no_bytes_do_anything_but_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes, random: Any) -> None:
    known = "".join(opcode.code for opcode in pickletools.opcodes).encode("latin-1")
    content += bytes(random.choice(known) for _ in range(30))
    with pytest.raises(UserError):
        read_pairs(write(tmp_path_factory.getbasetemp(), content))


def test_a_list_in_itself_and_one_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless: list[Any] = []
    endless.append(endless)
    write(tmp_path, pickle.dumps([endless, [True]]))
    with pytest.raises(UserError, match="byte strings"):
        build(root=tmp_path)
    monkeypatch.setattr(pickled_pairs, "MOST_THINGS", 1000)
    write(tmp_path, pickle.dumps([[b"a"] * 2000, [True] * 1000]))
    with pytest.raises(UserError, match="more than 1,000 instructions"):
        build(root=tmp_path)


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    write(tmp_path, pickle.dumps([[picture(1), b"no image"], [True]]))
    with pytest.raises(ImageError, match=r"lfw\.bin: image 1: is not an image"):
        build(root=tmp_path).images[-1]
    bad = opcodes(b"](c_codecs\nencode\nX\x02\0\0\0\xff\xfe", LATIN1, b"\x86RC\x01ae](\x88e\x86")
    write(tmp_path, bad)
    with pytest.raises(ImageError, match=r"lfw\.bin: image 0: is damaged"):
        build(root=tmp_path).images[0]


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"agedb_30\.bin: no such file\. Expected"):
        build(root=tmp_path, stem="agedb_30")
