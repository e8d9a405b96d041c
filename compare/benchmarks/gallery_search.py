"""A gallery of 10^4 to 10^6 vectors on one machine: built, opened, and searched beside numpy's product of all scores.

Vectors are drawn so that they lie as real ones do, as measured on the 13,233 images of LFW. Along their principal axes,
x going from 0 to 1, a MobileFaceNet's vectors vary as exp(-1.7 x): hardly a number can be spared, which makes searching
hard. Those of dlib's network vary, about their mean, as exp(-6 x), and those of others fall faster still. Of the
MobileFaceNet's, 31 % lies within people, more on the later axes; two images of a person have a cosine of 0.68 on
average, with a standard deviation of 0.12. Here a person is a point drawn so, with EACH images about it, of which each
has its own spread. Half of the probes are other images of people who are enrolled, half are strangers.
"""

import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import EmbeddingSize, Ge, Le, NonNegative
from eigen2arc.recognize.stores.local_store import LocalStore

from ._measure import Row, raise_failures, row, seconds_of

#: Images of a person, of which one more is a probe.
EACH = 5
#: Probes that are searched for at once, and those that recall is measured on.
PROBES, RECALLED = 100, 2000
K = 10
#: How fast what vectors vary by falls, by whose does.
FALLS = {"as a MobileFaceNet's": 1.7, "as dlib's": 6.0}
#: People who are drawn at a time.
PEOPLE = 10_000


def build(
    *,
    vectors: Annotated[int, Ge(1000), Le(10_000_000)] = 1_000_000,
    dimensions: EmbeddingSize = 512,
    seconds: NonNegative = 90.0,
) -> list[Row]:
    """Build galleries of 10^4 and of ten times as many, up to ``vectors``, and search them, in turns with numpy.

    vectors : of the largest gallery. dimensions : numbers in a vector. seconds : how long to measure speeds in all,
    each at least once. Building comes to that, and takes minutes for the largest; 10 GB of memory for a million of 512
    numbers, most of which is numpy's.
    """
    sizes = sorted({vectors, *(size for size in (10_000, 100_000) if size < vectors)})
    cases = [(size, like) for size in sizes for like in (FALLS if size == vectors else [*FALLS][:1])]
    rows = []
    for size, like in cases:
        with tempfile.TemporaryDirectory() as folder:
            rows += _measure(Path(folder), size, dimensions, like, seconds / len(cases))
    return rows


def draw_faces(people: int, each: int, dimensions: int, fall: float, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw images of people: blocks of (n, each, dimensions) float32, of length 1."""
    x = (np.arange(dimensions) + 0.5) / dimensions
    energy, share = np.exp(-fall * x), 0.39 * (0.69 + 0.56 * x)
    between, within = (np.sqrt(energy * part).astype(np.float32) for part in (1 - share, share))
    for start in range(0, people, PEOPLE):
        count = min(PEOPLE, people - start)
        person = rng.standard_normal((count, 1, dimensions), np.float32) * between
        spread = np.exp(0.35 * rng.standard_normal((count, each, 1), np.float32) - 0.12)
        images = person + rng.standard_normal((count, each, dimensions), np.float32) * within * spread
        yield images / np.linalg.norm(images, axis=2, keepdims=True)


def _measure(folder: Path, size: int, dimensions: int, like: str, seconds: float) -> list[Row]:
    rng = np.random.default_rng(0)
    people = size // EACH
    probed = np.sort(rng.choice(people, min(people, RECALLED // 2), replace=False))
    enrolled = np.memmap(folder / "enrolled", np.float32, "w+", shape=(people * EACH, dimensions))
    probes, start = [], 0
    places = rng.permutation(people * EACH)  # images of a person do not come one after the other
    for images in draw_faces(people, EACH + 1, dimensions, FALLS[like], rng):
        enrolled[places[start * EACH : (start + len(images)) * EACH]] = images[:, :EACH].reshape(-1, dimensions)
        probes.append(images[probed[(start <= probed) & (probed < start + len(images))] - start, EACH])
        start += len(images)
    known, strangers = (
        np.concatenate(probes),
        np.concatenate([*draw_faces(len(probed), 1, dimensions, FALLS[like], rng)])[:, 0],
    )
    store = folder / f"store-{size}"
    # In processes of their own, so that their memory is theirs.
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        build_s, build_mb = process.submit(_build, store, folder / "enrolled", dimensions).result()
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        open_ms, first_ms, own_mb, mapped_mb = process.submit(_open, store, known[:PROBES], dimensions).result()
    disk_mb, raw_mb = sum(path.stat().st_size for path in store.iterdir()) / 1e6, enrolled.nbytes / 1e6
    what = f"{len(enrolled):,} x {dimensions} {like}"
    rows = [
        row(f"{what}: build", "s", build_s, note=f"peak memory {build_mb:,.0f} MB, with what it maps"),
        row(f"{what}: on the disk", "MB", disk_mb, raw_mb, "float32", less_is_better=True),
        row(f"{what}: open", "ms", open_ms, note=f"and a first search of {PROBES}: {first_ms:,.0f} ms"),
        row(f"{what}: memory after searches", "MB", own_mb, note=f"and {mapped_mb:,.0f} MB of mapped files, at most"),
    ]
    return [*rows, *_speeds(what, store, np.array(enrolled), known, strangers, seconds)]


def _build(store: Path, enrolled: Path, dimensions: int) -> tuple[float, float]:
    """Seconds, and the peak of memory in MB."""
    vectors = np.memmap(enrolled, np.float32, "r").reshape(-1, dimensions)
    start = time.perf_counter()
    LocalStore(store, dimensions, "cosine").add(np.arange(len(vectors)), vectors)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _open(store: Path, probes: np.ndarray, dimensions: int) -> tuple[float, float, float, float]:
    """Milliseconds to open and to search for the first time, its own memory and what it maps of files, in MB."""
    start = time.perf_counter()
    opened = LocalStore(store, dimensions, "cosine")
    middle = time.perf_counter()
    opened.search(probes, K)
    end = time.perf_counter()
    LocalStore(store, dimensions, "cosine", "exact").search(probes, K)
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines() if "Rss" in line)
    own, mapped = (int(fields[name].split()[0]) / 1000 for name in ("RssAnon", "RssFile"))
    return 1000 * (middle - start), 1000 * (end - middle), own, mapped


def _speeds(
    what: str, folder: Path, enrolled: np.ndarray, known: np.ndarray, strangers: np.ndarray, seconds: float
) -> list[Row]:
    dimensions = enrolled.shape[1]
    exact, lists = (LocalStore(folder, dimensions, "cosine", index) for index in ("exact", "auto"))
    probes = np.concatenate([known[: PROBES // 2], strangers[: PROBES // 2]])

    def best_of_product() -> np.ndarray:
        return np.argpartition(probes @ enrolled.T, -K, axis=1)[:, -K:]

    if (np.sort(best_of_product()) != np.sort(exact.search(probes, K)[1])).mean() > 1e-3:  # float32 may turn two
        raise RuntimeError(f"{what}: numpy finds others than the exact search")
    runs = {
        "the best": lambda: exact.search(probes, 1),
        f"the best {K}": lambda: exact.search(probes, K),
        "lists": lambda: lists.search(probes, 1),
        "numpy's product alone": lambda: probes @ enrolled.T,
        "numpy's product and argmax": lambda: (probes @ enrolled.T).argmax(axis=1),
        "numpy's product and argpartition": best_of_product,
    }
    if find_spec("faiss"):
        import faiss

        flat = faiss.IndexFlatIP(dimensions)
        flat.add(enrolled)
        runs["faiss IndexFlatIP"] = lambda: flat.search(probes, K)
    times, errors = seconds_of(runs, "cpu", seconds)
    raise_failures(errors.values())
    ms = {name: 1000 * taken for name, taken in times.items()}
    rows = []
    for ours, peers in (("the best", [*runs][3:5]), (f"the best {K}", [*runs][3:4] + [*runs][5:])):
        for name in peers:
            said = f"{what}: {ours} of all for {len(probes)} probes, {name}"
            rows.append(row(said, "ms", ms[ours], ms[name], name, less_is_better=True))
    if not lists.has_lists:
        return rows
    said = f"{what}: IVF, the best for {len(probes)} probes"
    rows.append(row(said, "ms", ms["lists"], ms["the best"], "our exact search", less_is_better=True))
    for name, some in (("people who are enrolled", known), ("strangers", strangers)):
        right = (exact.search(some, 1)[1] == lists.search(some, 1)[1]).mean()
        rows.append(row(f"{what}: IVF recall@1 of exact, {len(some)} probes of {name}", "%", 100 * float(right)))
    return rows
