"""RecordIO against bytes made by hand, after MXNet's description; damaged and lying files."""

import struct
import threading
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, encode
from eigen2arc.datasets.containers import recordio_labels
from eigen2arc.datasets.containers.recordio_format import frame, read_data
from eigen2arc.datasets.containers.recordio_writer import Sample, write_recordio
from eigen2arc.datasets.readers.recordio import build

MAGIC = b"\x0a\x23\xd7\xce"


def record(data: bytes, kind: int = 0) -> bytes:
    """By hand: magic, kind and length, data, padding."""
    return MAGIC + struct.pack("<I", kind * 2**29 + len(data)) + data + b"\0" * ((4 - len(data) % 4) % 4)


def header(number: int, *labels: float) -> bytes:
    if len(labels) == 1:
        return struct.pack("<IfQQ", 0, labels[0], number, 0)
    return struct.pack(f"<IfQQ{len(labels)}f", len(labels), 0, number, 0, *labels)


def picture(value: int) -> bytes:
    return encode(np.full((4, 4, 3), value, np.uint8))


def lay(root: Path, records: list[tuple[int, bytes]], prop: str = "") -> Path:
    """Records with their numbers as train.rec and train.idx."""
    root.mkdir(exist_ok=True)
    lines, content = [], b""
    for number, data in records:
        lines.append(f"{number}\t{len(content)}\n")
        content += data
    (root / "train.rec").write_bytes(content)
    (root / "train.idx").write_text("".join(lines))
    if prop:
        (root / "property").write_text(prop)
    return root


def insightface(labels: list[int]) -> list[tuple[int, bytes]]:
    """Images 1 to N of ascending labels, then record 0, then the identities, as face2rec2.py writes them."""
    n = len(labels)
    people = sorted(set(labels))
    rows = [(i, record(header(i, label, 1) + picture(10 * i))) for i, label in enumerate(labels, 1)]
    rows.append((0, record(header(0, n + 1, n + 1 + len(people)))))
    for number, person in enumerate(people, n + 1):
        first = labels.index(person) + 1
        rows.append((number, record(header(number, first, first + labels.count(person)))))
    return rows


def test_a_set_as_insightface_publishes_them(tmp_path: Path) -> None:
    mine = build(root=lay(tmp_path, insightface([0, 0, 1, 4, 4]), "9,112,112\n"))
    assert mine.labels is not None and mine.labels.tolist() == [0, 0, 1, 2, 2]
    assert mine.people == ("0", "1", "4") and mine.faces is None and mine.trials is None
    assert [int(mine.images[i][0, 0, 0]) for i in range(5)] == [10, 20, 30, 40, 50]
    assert list(mine.images.names[1:3]) == ["000000002", "000000003"]


def test_without_record_0_every_header_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordio_labels, "CHUNK", 2)
    rows = [(i, record(header(i, *labels) + picture(i))) for i, labels in enumerate([(3,), (1, 7), (3,), (0,), (1,)])]
    mine = build(root=lay(tmp_path, rows[::-1]))
    assert mine.people == ("0", "1", "3") and mine.labels is not None and mine.labels.tolist() == [2, 1, 2, 0, 1]
    assert [int(mine.images[i][0, 0, 0]) for i in range(5)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("wrong", [(1, 2), (3, 5), (1, 4), (0, 3), (2, 1), (np.nan, np.inf)])
def test_ranges_that_do_not_fit_are_not_believed(tmp_path: Path, wrong: tuple[float, float]) -> None:
    rows = insightface([5, 5, 6, 6])
    rows[-2] = (rows[-2][0], record(header(6, *wrong)))
    mine = build(root=lay(tmp_path, rows))
    assert mine.labels is not None and mine.labels.tolist() == [0, 0, 1, 1] and mine.people == ("5", "6")


def test_a_set_of_more_records_than_float32_can_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordio_labels, "EXACT_BELOW", 5)
    mine = build(root=lay(tmp_path, insightface([0, 0, 1, 2])))
    assert mine.labels is not None and mine.labels.tolist() == [0, 0, 1, 2]


def test_data_with_the_magic_are_cut_there(tmp_path: Path) -> None:
    data = b"abcd" + MAGIC + MAGIC + b"e" + MAGIC + b"fg" + MAGIC[:3]  # the third one is not at a multiple of four
    by_hand = record(b"abcd", 1) + record(b"", 2) + record(b"e" + MAGIC + b"fg" + MAGIC[:3], 3)
    assert frame(data) == by_hand
    (tmp_path / "a.rec").write_bytes(b"...." + by_hand)
    assert read_data(tmp_path / "a.rec", 4, "a") == data


def test_an_image_with_the_magic_in_it(tmp_path: Path) -> None:
    content = picture(7) + b"\0" * (-len(picture(7)) % 4) + MAGIC + b"end"
    assert len(frame(header(0, 3) + content)) == 16 + 24 + len(content) - 4 + 1
    mine = build(
        root=lay(tmp_path, [(0, frame(header(0, 3) + content)), (1, frame(MAGIC[:0] + header(1, 2) + content))])
    )
    assert int(mine.images[0][0, 0, 0]) == 7 and mine.people == ("2", "3")


@given(st.lists(st.sampled_from([MAGIC, b"\x0a", b"x", b"1234", MAGIC[1:]]), max_size=9), st.integers(0, 3))
def test_frames_come_back(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], before: int) -> None:
    path = tmp_path_factory.getbasetemp() / "frames.rec"
    path.write_bytes(b"abcd" * before + frame(b"".join(pieces)) + frame(b"next"))
    assert read_data(path, 4 * before, "x") == b"".join(pieces)
    assert path.stat().st_size % 4 == 0


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 70)), min_size=1, max_size=5))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, people: list[tuple[int, int]]) -> None:
    folder = tmp_path_factory.mktemp("written")
    samples = [
        Sample(encode(np.full((2, 2, 3), grey + i, np.uint8)), label, f"{label}/{i}.png")
        for label, (count, grey) in enumerate(people)
        for i in range(count)
    ]
    assert write_recordio(folder, samples, people=[f"p{i}" for i in range(len(people))], size_px=2) == (
        len(samples),
        len(people),
    )
    mine = build(root=folder)
    assert mine.labels is not None and mine.labels.tolist() == [sample.label for sample in samples]
    assert mine.people == tuple(f"p{i}" for i in range(len(people)))
    greys = [grey + i for count, grey in people for i in range(count)]
    assert [int(mine.images[i][0, 0, 0]) for i in range(len(samples))] == greys


def test_the_written_bytes(tmp_path: Path) -> None:
    samples = [Sample(b"one", 0, "a/1"), Sample(b"two!", 0, "a/2"), Sample(b"three", 1, "b/1")]
    write_recordio(tmp_path, samples, people=["a", "b"], size_px=112)
    rows = [record(header(1, 0) + b"one"), record(header(2, 0) + b"two!"), record(header(3, 1) + b"three")]
    rows += [record(header(0, 4, 6)), record(header(4, 1, 3)), record(header(5, 3, 4))]
    assert (tmp_path / "train.rec").read_bytes() == b"".join(rows)
    starts = np.cumsum([0, *map(len, rows)])
    idx = "".join(f"{n}\t{start}\n" for n, start in zip([1, 2, 3, 0, 4, 5], starts, strict=False))
    assert (tmp_path / "train.idx").read_text() == idx
    assert (tmp_path / "train.lst").read_text() == "1\ta/1\t0\n1\ta/2\t0\n1\tb/1\t1\n"
    assert (tmp_path / "property").read_text() == "2,112,112\n"


def test_people_without_a_sample_are_left_out(tmp_path: Path) -> None:
    samples = [Sample(picture(1), 1, "b/1"), Sample(picture(2), 3, "d/1")]
    assert write_recordio(tmp_path, samples, people=["a", "b", "c", "d"], size_px=4) == (2, 2)
    mine = build(root=tmp_path)
    assert mine.people == ("b", "d") and mine.labels is not None and mine.labels.tolist() == [0, 1]
    assert (tmp_path / "property").read_text() == "2,4,4\n"
    assert (tmp_path / "train.lst").read_text() == "1\tb/1\t0\n1\td/1\t1\n"


def test_people_come_one_by_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a/2: label 0: expected one of 2 people, one by one"):
        samples = [Sample(b"1", 0, "a/1"), Sample(b"2", 1, "b/1"), Sample(b"3", 0, "a/2")]
        write_recordio(tmp_path, samples, people=["a", "b"], size_px=1)
    with pytest.raises(UserError, match="one line"):
        write_recordio(tmp_path, [Sample(b"1", 0, "a/1")], people=["a\nb"], size_px=1)
    for name in ("a\t1", "a\u20281", "a\udcff", ""):
        with pytest.raises(UserError, match="one line"):
            write_recordio(tmp_path, [Sample(b"1", 0, name)], people=["a"], size_px=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (record(header(2, 0) + b"no image"), "record 2: is not an image"),
        (record(header(2, 0) + picture(1)[:45]), "record 2: is damaged"),
        (
            MAGIC + struct.pack("<I", 2**29 - 1) + header(2, 0) + b"text",
            "record 2: is damaged .*promises 536,870,911 bytes",
        ),
        (record(header(2, 0) + b"x" * 40, 1), "record 2: is damaged .*part 2 is of kind 0"),
        (record(header(2, 0), 1) + record(b"", 2) * 5000, "record 2: is damaged .more than 4,096 parts"),
    ],
)
def test_a_damaged_image_is_named_when_it_is_asked_for(tmp_path: Path, damage: bytes, message: str) -> None:
    rows = insightface([0, 0, 0, 1])  # the middle one of a person's images: its own label is not looked at
    rows[1] = (2, damage)
    mine = build(root=lay(tmp_path, rows))
    with pytest.raises(ImageError, match=f"train.rec: {message}"):
        mine.images[1]
    assert int(mine.images[2][0, 0, 0]) == 30


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"abcd" + record(header(1, 0))[4:], "no record begins at byte 0"),
        (record(b"short"), "its 5 bytes are fewer than a header has"),
        (record(struct.pack("<IfQQ", 2**31, 0, 1, 0)), "promises 2,147,483,648 labels, it has 24 bytes"),
        (record(header(1, 0), 2), "its part 1 is of kind 2"),
        (record(header(1, 0), 7), "its part 1 is of kind 7"),
        (record(header(1, -1.0) + b"image"), "has the label -1.0: expected a whole number"),
        (record(header(1, 0.5) + b"image"), "has the label 0.5"),
        (record(header(1, float("nan")) + b"image"), "has the label nan"),
        (record(header(1, 1e20) + b"image"), "has the label 1.00"),
        (record(header(1, 0), 1), "the file ends before its head"),
    ],
)
def test_where_all_headers_are_damaged_the_first_is_named(tmp_path: Path, damage: bytes, message: str) -> None:
    with pytest.raises(ImageError, match=f"train.rec: record 1.*{message}"):
        build(root=lay(tmp_path, [(1, damage)]))


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("at", range(5))
def test_a_damaged_record_costs_that_record_only(tmp_path: Path, ranges: bool, at: int) -> None:
    """Wherever it is among a person's images; with the ranges of identities its label is known all the same."""
    rows = insightface([0, 0, 1, 1, 1])[: None if ranges else 5]
    rows[at] = (at + 1, b"\0" * len(rows[at][1]))
    mine = build(root=lay(tmp_path, rows))
    truth = [0, 0, 1, 1, 1]
    assert mine.labels is not None and len(mine.notes) == (0 if ranges else 1)
    assert mine.labels.tolist() == [-1 if i == at and not ranges else truth[i] for i in range(5)]
    for i in range(5):
        if i == at:
            with pytest.raises(ImageError, match=f"record {at + 1}: is damaged .no record begins"):
                mine.images[i]
        else:
            assert int(mine.images[i][0, 0, 0]) == 10 * (i + 1)


@pytest.mark.parametrize("at", [5, 6, 7])
def test_a_damaged_range_leaves_the_headers(tmp_path: Path, at: int) -> None:
    rows = insightface([0, 0, 1, 1, 1])
    rows[at] = (rows[at][0], b"\0" * len(rows[at][1]))
    mine = build(root=lay(tmp_path, rows))
    truth = [-1, 0, 0, 1, 1, 1] if at == 5 else [0, 0, 1, 1, 1, -1]
    assert mine.labels is not None and mine.labels.tolist() == truth


@pytest.mark.parametrize(
    ("idx", "message"),
    [
        ("", "expected a record's number"),
        ("1\n", "expected a record's number"),
        ("1\t0\t0\n", "expected a record's number"),
        ("one\t0\n", "expected a record's number"),
        ("1\t99999999999999999999999\n", "expected a record's number"),
        ("1\t0\n1\t0\n", "record 1 stands in it twice"),
        ("1\t0\n2\t2\n", "record 2 is said to begin at byte 2"),
        ("1\t-4\n", "record 1 is said to begin at byte -4"),
        ("1\t4000\n", "record 1 is said to begin at byte 4,000, .* do not belong together"),
    ],
)
def test_a_damaged_index(tmp_path: Path, idx: str, message: str) -> None:
    lay(tmp_path, [(1, record(header(1, 0) + picture(1)))])
    (tmp_path / "train.idx").write_text(idx)
    with pytest.raises(UserError, match=f"train.idx: {message}"):
        build(root=tmp_path)


def test_truncated_anywhere(tmp_path: Path) -> None:
    """Where a record begins past the end the files do not fit; where the last one is cut off that one is damaged."""
    rows = insightface([0, 1])
    whole, last = b"".join(data for _, data in rows), rows[-1][1]
    for length in range(0, len(whole) - 1, 7):
        lay(tmp_path, rows)
        (tmp_path / "train.rec").write_bytes(whole[:length])
        if length < len(whole) - len(last) + 8:
            with pytest.raises(UserError, match="do not belong together"):
                build(root=tmp_path)
        else:
            mine = build(root=tmp_path)
            assert mine.labels is not None and mine.labels.tolist() == [0, 1, -1]
            with pytest.raises(ImageError, match="record 4: is damaged"):
                mine.images[2]


def test_property_and_people_have_to_fit(tmp_path: Path) -> None:
    lay(tmp_path, insightface([0, 3]), "4,112,112\n")
    (tmp_path / "people.txt").write_text("Ada\nBob\nCid\nDan\n")
    assert build(root=tmp_path).people == ("Ada", "Dan")
    (tmp_path / "people.txt").write_text("Ada\nBob\n")
    with pytest.raises(UserError, match=r"people.txt: has 2 lines, but a label is 3"):
        build(root=tmp_path)
    (tmp_path / "people.txt").write_text("Ada\nBob\nCid\nAda\n")
    with pytest.raises(UserError, match="names one person twice"):
        build(root=tmp_path)
    (tmp_path / "people.txt").unlink()
    (tmp_path / "property").write_text("3,112,112\n")
    with pytest.raises(UserError, match="says 3 people, train.rec has the label 3"):
        build(root=tmp_path)
    (tmp_path / "property").write_text("many\n")
    with pytest.raises(UserError, match="expected people,height,width, got 'many'"):
        build(root=tmp_path)


def test_what_is_kept_is_made_again_for_another_file(tmp_path: Path) -> None:
    first = build(root=lay(tmp_path, insightface([0, 1])))
    version = first.images.version
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == ["train.rec.labels.npz", "train.rec.sha256.npz"]
    second = build(root=lay(tmp_path, insightface([0, 0, 1])))
    assert second.labels is not None and second.labels.tolist() == [0, 0, 1]
    assert second.images.version != version
    (tmp_path / "train.rec.labels.npz").write_bytes(b"damaged")
    assert np.array_equal(build(root=tmp_path).labels, second.labels)


def test_threads_read_at_once(tmp_path: Path) -> None:
    mine = build(root=lay(tmp_path, insightface([0, 0, 1, 1, 2])))
    wrong: list[int] = []

    def read() -> None:
        for i in [0, 4, 2, 1, 3] * 20:
            if int(mine.images[i][0, 0, 0]) != 10 * (i + 1):
                wrong.append(i)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_pairs_are_drawn_where_they_are_asked_for(tmp_path: Path) -> None:
    mine = build(root=lay(tmp_path, insightface([0, 0, 1, 1])), pairs_per_fold=4)
    assert mine.trials is not None and len(mine.trials) == 4 and int(mine.trials.same.sum()) == 2


@pytest.mark.parametrize("rows", [insightface([0, 0, 1, 4]), insightface([0, 0, 1, 4])[:4]])
def test_without_an_index_the_file_is_read_through(tmp_path: Path, rows: list[tuple[int, bytes]]) -> None:
    with_index = build(root=lay(tmp_path, rows))
    (tmp_path / "train.idx").unlink()
    mine = build(root=tmp_path)
    assert np.array_equal(mine.labels, with_index.labels) and mine.people == with_index.people
    assert list(mine.images.names) == list(with_index.images.names)
    assert np.array_equal(mine.images[3], with_index.images[3])


def test_what_is_read_through_may_have_cut_records_and_one_id(tmp_path: Path) -> None:
    content = picture(7) + b"\0" * (-len(picture(7)) % 4) + MAGIC + b"end"
    (tmp_path / "train.rec").write_bytes(frame(header(5, 3) + content) + record(header(5, 2) + picture(9)))
    mine = build(root=tmp_path)
    assert list(mine.images.names) == ["000000000", "000000001"] and mine.people == ("2", "3")
    assert int(mine.images[0][0, 0, 0]) == 7
    for damaged, message in (
        (b"abcd" + record(header(1, 0) + picture(1)), "no record begins at byte 0.*has no .idx"),
        (record(header(1, 0) + picture(1)) + b"x" * 20, "no record begins at byte"),
        (b"", "cannot be read"),
        (b"abc", "holds no image"),
    ):
        (tmp_path / "train.rec").write_bytes(damaged)
        with pytest.raises(UserError, match=f"train.rec: .*{message}"):
            build(root=tmp_path)


@pytest.mark.parametrize("indexed", [True, False])
def test_boxes_are_no_people(tmp_path: Path, indexed: bool) -> None:
    """As MXNet's im2rec packs boxes: 2 numbers ahead, 5 of each, then those of the boxes."""
    boxes = [(2, 5, 0, 0.1, 0.1, 0.4, 0.5), (2, 5, 0, 0.1, 0.1, 0.4, 0.5, 0, 0.2, 0.2, 0.3, 0.3)]
    rows = [(i, record(header(i, *boxes[i % 2]) + picture(i))) for i in range(4)]
    lay(tmp_path, rows)
    if not indexed:
        (tmp_path / "train.idx").unlink()
    with pytest.raises(UserError, match="train.rec: 4 of its images have more labels than one, record 0 has 7: "):
        build(root=tmp_path)
    # One that is damaged among those of people costs itself.
    rows = [(i, record(header(i, i % 2) + picture(i))) for i in range(5)] + rows[:1]
    mine = build(root=lay(tmp_path, [(i, data) for i, (_, data) in enumerate(rows)]))
    assert mine.labels is not None and mine.labels.tolist() == [0, 1, 0, 1, 0, -1]


def test_memory_and_time_do_not_grow_with_what_is_promised(tmp_path: Path) -> None:
    """150 lines that lead into the same eight megabytes of labels, and of parts."""
    labels = np.full(2 << 20, 3, "<f4").tobytes()
    big = record(struct.pack("<IfQQ", len(labels) // 4, 0, 0, 0) + labels)
    parts = record(header(0, 1), 1) + record(b"", 2) * 1000 + record(b"x", 3)
    for data in (big, parts):
        (tmp_path / "train.rec").write_bytes(record(header(0, 100, 150)) + data)
        (tmp_path / "train.idx").write_text("0\t0\n" + "".join(f"{i}\t40\n" for i in range(1, 150)))
        tracemalloc.start()
        with suppress(UserError):
            build(root=tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
        tracemalloc.stop()


def test_an_index_of_windows(tmp_path: Path) -> None:
    lay(tmp_path, insightface([0, 1]))
    (tmp_path / "train.idx").write_bytes((tmp_path / "train.idx").read_text().replace("\n", "\r\n").encode("utf-16"))
    assert build(root=tmp_path).people == ("0", "1")
