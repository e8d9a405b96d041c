"""A store on a server: what a dictionary and all scores say, on Milvus Lite, which is the same client on a file."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.recognize.stores import milvus_store
from eigen2arc.recognize.stores.milvus_store import MilvusStore, parse_address
from eigen2arc.recognize.stores.open_store import open_store
from eigen2arc.recognize.stores.store import Metric


def test_addresses() -> None:
    assert parse_address("milvus://db.example:19531/faces") == ("http://db.example:19531", "faces")
    assert parse_address("milvus://db.example/faces") == ("http://db.example:19530", "faces")
    assert parse_address("milvus+tls://[::1]:443/faces") == ("https://[::1]:443", "faces")
    assert parse_address("milvus:///tmp/a/b.db/faces") == ("/tmp/a/b.db", "faces")
    for wrong in (
        *(
            "milvus://host:19530",
            "milvus://host:19530/",
            "milvus://host:1a/x",
            "milvus://host/a/b",
            "milvus://host/a-b",
        ),
        *("milvus:///tmp/a/faces", "milvus+tls:///tmp/a.db/faces", "milvus:faces", "milvus://host/a?b=c"),
    ):
        with pytest.raises(UserError, match="milvus://HOST:PORT/COLLECTION"):
            parse_address(wrong)
    with pytest.raises(UserError) as caught:
        parse_address("milvus://root:secret@host/faces")
    assert milvus_store.TOKEN in str(caught.value) and "secret" not in str(caught.value)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(UserError, match=r"pip install 'eigen2arc\[milvus\]'"):
        open_store("milvus://localhost:19530/faces", 4, "cosine")


def test_a_store_in_a_folder_loads_no_client() -> None:
    code = (
        "import sys, numpy as np, pathlib, tempfile\n"
        "from eigen2arc.recognize.stores.open_store import open_store\n"
        "assert not {'numba', 'pymilvus'} & set(sys.modules)\n"
        "open_store(pathlib.Path(tempfile.mkdtemp()), 3, 'cosine').ids()\n"
        "assert not {'onnxruntime', 'pymilvus', 'grpc', 'faiss'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def address(folder: Path) -> str:
    return f"milvus://{folder}/lite.db/faces"


@pytest.mark.slow
def test_a_server_that_is_not_there() -> None:
    pytest.importorskip("pymilvus")
    with pytest.raises(UserError, match="no Milvus server answers"):
        open_store("milvus://127.0.0.1:1/faces", 4, "cosine")


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_it_holds_and_finds_what_was_added(
    tmp_path: Path, rng: np.random.Generator, metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("milvus_lite")
    monkeypatch.setattr(milvus_store, "ROWS", 64)
    store = open_store(address(tmp_path), 6, metric)
    assert isinstance(store, MilvusStore) and len(store) == 0 and store.ids().tolist() == []
    assert store.search(np.ones((1, 6), np.float32), 2)[1].tolist() == [[-1, -1]]
    vectors = rng.standard_normal((150, 6), np.float32)
    vectors[3] = 0
    ids = rng.permutation(1000)[:150]
    store.add(ids, vectors)
    store.add(ids[:2], vectors[10:12])  # replaces
    store.remove(np.array([ids[5], 5000]))
    kept = dict(zip(ids.tolist(), vectors, strict=True))
    kept |= {int(ids[0]): vectors[10], int(ids[1]): vectors[11]}
    del kept[int(ids[5])]
    store.close()

    store = open_store(address(tmp_path), 6, metric)
    store.check()
    assert len(store) == 149 and store.ids().tolist() == sorted(kept)
    some = ids[[100, 0, 3, 1]]
    np.testing.assert_array_equal(store.vectors(some), [kept[i] for i in some.tolist()])
    with pytest.raises(KeyError):
        store.vectors(ids[5:6])
    probes = np.concatenate([rng.standard_normal((7, 6), np.float32), np.zeros((1, 6), np.float32)])
    scores, found = store.search(probes, 160)
    for probe, row, keys in zip(probes, scores, found, strict=True):
        wanted = {}
        for key, vector in kept.items():
            lengths = math.hypot(*probe) * math.hypot(*vector)
            if metric == "euclidean":
                wanted[key] = -math.dist(probe, vector)
            elif lengths:
                wanted[key] = float(probe @ vector) / lengths
        count = len(wanted)
        assert sorted(keys[:count].tolist()) == sorted(wanted) and (keys[count:] == -1).all()
        np.testing.assert_allclose(row[:count], [wanted[key] for key in keys[:count].tolist()], atol=2e-6)
        assert (np.diff(row[:count]) <= 0).all() and (row[count:] == -np.inf).all()
    # The one vector is there three times.
    ties = store.search(vectors[10:11], 2)[1][0].tolist()
    assert ties == sorted(ties) and set(ties) <= {int(ids[0]), int(ids[10])}

    with pytest.raises(UserError, match="holds vectors of 6 numbers"):
        open_store(address(tmp_path), 7, metric)
    with pytest.raises(UserError, match="name another collection"):
        open_store(address(tmp_path), 6, "cosine" if metric == "euclidean" else "euclidean")
    store.close()


@pytest.mark.slow
def test_its_index_changes_with_its_size_and_metadata_of_any_length_are_kept(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("milvus_lite")
    monkeypatch.setattr(milvus_store, "LEAST_IN_LISTS", 100)
    monkeypatch.setattr(milvus_store, "TEXT_BYTES", 50)
    store = MilvusStore(address(tmp_path), 6, "cosine")
    vectors = rng.standard_normal((150, 6), np.float32)
    store.add(np.arange(90), vectors[:90])
    assert store._index_type() == "FLAT"
    store.add(np.arange(90, 150), vectors[90:])
    assert store._index_type() == "IVF_FLAT"
    assert store.search(vectors, 1)[1][:, 0].tolist() == list(range(150))
    assert store.metadata() == {}
    for people in (["Zoë"] * 40, [], ["Ada"]):
        store.set_metadata({"people": people})
        assert store.metadata() == {"people": people}
    store.check()
    store.close()
