"""Shards in both directions against the webdataset library, and those that are damaged."""

import io
import json
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
import webdataset
from webdataset.tariterators import group_by_keys, tar_file_iterator

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, encode
from eigen2arc.datasets.containers import sidecar
from eigen2arc.datasets.containers.recordio_writer import Sample
from eigen2arc.datasets.containers.webdataset import write_shard
from eigen2arc.datasets.readers.shards import ShardNames, build, expand_braces


def picture(value: int) -> bytes:
    return encode(np.full((4, 4, 3), value, np.uint8))


def tar(path: Path, files: list[tuple[str, bytes]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_webdataset_reads_what_is_written(tmp_path: Path) -> None:
    samples = [Sample(picture(i), i % 2, f"p/{i}.png") for i in range(5)]
    write_shard(tmp_path / "0.tar", samples, first=7)
    # WebDataset itself would leave the file open.
    with (tmp_path / "0.tar").open("rb") as file:
        read = list(group_by_keys({**item, "__url__": ""} for item in tar_file_iterator(file)))
    decoded = [webdataset.autodecode.Decoder([webdataset.autodecode.imagehandler("rgb8")])(item) for item in read]
    assert [sample["__key__"] for sample in decoded] == [f"{i:09d}" for i in range(7, 12)]
    assert [int(sample["png"][0, 0, 0]) for sample in decoded] == list(range(5))
    assert [sample["json"] for sample in decoded] == [{"label": i % 2, "name": f"p/{i}.png"} for i in range(5)]


@pytest.mark.parametrize("labels", ["cls", "json"])
def test_what_webdataset_writes_is_read(tmp_path: Path, labels: str) -> None:
    for shard in range(2):
        with webdataset.TarWriter(str(tmp_path / f"s-{shard:03d}.tar")) as writer:
            for i in range(3):
                value = 10 * shard + i
                label = i if labels == "cls" else {"label": i, "more": [1]}
                writer.write({"__key__": f"{value:05d}", "png": picture(value), labels: label})
    mine = build(root=tmp_path, shards="s-{000..001}.tar")
    assert mine.labels is not None and mine.labels.tolist() == [0, 1, 2, 0, 1, 2] and mine.faces is None
    assert [int(mine.images[i][0, 0, 0]) for i in range(6)] == [0, 1, 2, 10, 11, 12]
    assert list(mine.images.names[2:4]) == ["s-000/00002", "s-001/00010"]


def test_several_folders_are_one_set(tmp_path: Path) -> None:
    for disk, grey in (("one", 1), ("two", 2), ("three/a", 3)):
        write_shard(tmp_path / disk / "000000.tar", [Sample(picture(grey), grey, "x")])
    (tmp_path / "one/people.txt").write_text("\nAda\nBob\nCid\n")
    others = [str(tmp_path / "two"), f"{tmp_path}/thr*/a/*.tar"]
    mine = build(root=tmp_path / "one", shards=["000000.tar", *others])
    assert list(mine.images.names) == [f"{i}/000000/000000000" for i in range(3)]
    assert mine.people == ("Ada", "Bob", "Cid")
    assert [int(mine.images[i][0, 0, 0]) for i in range(3)] == [1, 2, 3]
    assert int(mine.images[-1][0, 0, 0]) == 3


def test_braces() -> None:
    assert list(expand_braces("a")) == ["a"]
    assert list(expand_braces("{a,b}/{08..11}.tar")) == [f"{x}/{y}.tar" for x in "ab" for y in ("08", "09", "10", "11")]
    for wrong in ("{3..1}", "{0..99999999999}"):
        with pytest.raises(UserError, match="expected {first..last}"):
            list(expand_braces(wrong))


def test_what_is_no_sample_is_left_out(tmp_path: Path) -> None:
    files = [
        ("readme", b"no dot"),
        ("a.txt", b"no image"),
        ("b.JPG", picture(4)),
        ("b.cls", b"3\n"),
        ("folder/c.png", picture(5)),
        ("folder/c.seg.png", picture(6)),
    ]
    tar(tmp_path / "0.tar", files)
    mine = build(root=tmp_path)
    assert list(mine.images.names) == ["0/b", "0/folder/c"] and mine.people == ("3",)
    assert mine.labels is not None and mine.labels.tolist() == [0, -1]
    assert [int(mine.images[i][0, 0, 0]) for i in range(2)] == [4, 5]


def test_pairs_leave_out_who_is_unknown(tmp_path: Path) -> None:
    labels = [0, -1, 1, 0, -1, 1]
    tar(
        tmp_path / "0.tar",
        [
            f
            for i, n in enumerate(labels)
            for f in ((f"{i}.png", picture(i)), (f"{i}.json", json.dumps({"label": n}).encode()))
        ],
    )
    mine = build(root=tmp_path, pairs_per_fold=100)
    assert mine.trials is not None and set(mine.trials.first) | set(mine.trials.second) == {0, 2, 3, 5}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([("a.png", b""), ("a.png", b"")], "holds a.png twice"),
        ([("a.png", b""), ("b.png", b""), ("a.jpg", b"")], "a key belongs to several samples"),
        ([("a.png", b""), ("a.cls", b"Ada")], r"a\.cls: expected JSON"),
        ([("a.png", b""), ("a.cls", b"\xff\xff")], r"a\.cls: expected JSON"),
        ([("a.png", b""), ("a.json", b"[" * 60_000)], r"a\.json: expected JSON"),
        ([("a.png", b""), ("a.json", b'{"label": 1.5}')], 'expected a whole number as "label", got 1.5'),
        ([("a.png", b""), ("a.json", b'{"label": true}')], "got True"),
        ([("a.png", b""), ("a.cls", b"-2")], "got -2"),
        ([("a.png", b""), ("a.cls", b"99999999999")], "got 99999999999"),
        ([("a.png", b""), ("a.cls", b"1" * 70_000)], r"a\.cls has 70,000 bytes, expected a label"),
        ([("k" * 600 + ".png", b"")], "a key of 600 bytes, expected at most 512"),
        ([("a.txt", b"")], "hold no image"),
    ],
)
def test_wrong_samples(tmp_path: Path, files: list[tuple[str, bytes]], message: str) -> None:
    tar(tmp_path / "0.tar", files)
    with pytest.raises(UserError, match=message):
        build(root=tmp_path)


def test_patterns_that_find_nothing_or_twice(tmp_path: Path) -> None:
    write_shard(tmp_path / "0.tar", [Sample(picture(1), 0, "x")])
    for shards, message in [
        ("1.tar", r"1\.tar: no such shard"),
        ("*.tgz", "no such shard"),
        ("{0..1}.tar", r"1\.tar: no such shard"),
        (["0.tar", "*.tar"], "is named twice"),
        ([], "shards = .*: expected text or a list, each text, with 1 or more entries"),
        (3, "shards = 3"),
    ]:
        with pytest.raises(UserError, match=message):
            plugins.build("dataset", "shards", root=tmp_path, shards=shards)


def test_damage_after_the_index_was_made(tmp_path: Path) -> None:
    samples = [Sample(picture(i), 0, "x") for i in range(2)] + [Sample(b"\x89PNG no image", 0, "y")]
    write_shard(tmp_path / "0.tar", samples)
    mine = build(root=tmp_path)
    with pytest.raises(ImageError, match=r"0\.tar: 000000002: is not an image"):
        mine.images[2]
    os.truncate(tmp_path / "0.tar", 540)
    with pytest.raises(ImageError, match=r"0\.tar: 000000000: the shard was cut off"):
        mine.images[0]
    with pytest.raises(UserError, match="it was cut off"):
        build(root=tmp_path)


def test_an_index_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shard(tmp_path / "0.tar", [Sample(picture(1), 0, "x")])
    first = build(root=tmp_path)
    monkeypatch.setattr("eigen2arc.datasets.readers.shards.index_shard", lambda path: pytest.fail("made again"))
    assert list(build(root=tmp_path).images.names) == list(first.images.names)


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *arrays: object) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(sidecar, "write_arrays", refuse)
    write_shard(tmp_path / "0.tar", [Sample(picture(1), 0, "x")])
    assert int(build(root=tmp_path).images[0][0, 0, 0]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["0.tar"]


def test_a_long_key_takes_no_more_memory_than_it_has(tmp_path: Path) -> None:
    """One key of 500 bytes among short ones, and in another shard."""
    for shard, long in (("0.tar", "k" * 500 + ".png"), ("1.tar", "1.png")):
        tar(tmp_path / shard, [(long, b""), *((f"{i}s.png", b"") for i in range(300))])
    names = build(root=tmp_path).images.names
    assert isinstance(names, ShardNames) and names.keys.nbytes < 500 + 600 * 4
    assert names[0] == "0/" + "k" * 500 and names[1] == "0/0s"
    assert list(names[300:304]) == ["0/299s", "1/1", "1/0s", "1/1s"] and len(names) == 602
