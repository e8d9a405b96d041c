"""The number of threads makes no difference: every compiled loop over threads is run with one and with two of them.

The suite itself has one thread per worker, so this module runs itself as a process that is started with two.
"""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import numpy as np
import pytest

ROOMS = ("core", "datasets", "classical", "deep", "recognize", "compare")

#: Often enough that two threads come to their work in another order at least once.
REPEATS = 3

CASES: dict[str, Callable[[np.random.Generator], object]] = {}


def case(*kernels: str) -> Callable[[Callable], Callable]:
    """Register what runs the parallel loops ``kernels`` ("core.matchers.chi_square:_every"), or other threads."""

    def register(function: Callable) -> Callable:
        CASES.update(dict.fromkeys(kernels, function))
        return function

    return register


def grey(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(0, 256, shape, dtype=np.uint8)


@case("core.matchers.chi_square:_every", "core.matchers.chi_square:_row_by_row")
def chi_square(rng: np.random.Generator) -> object:
    from eigen2arc.core import plugins

    a, b = rng.random((2, 33, 20), np.float32)
    matcher = plugins.build("matcher", "chi_square")
    return matcher.score(a, b[:9]), matcher.score_pairs(a, b)


@case("classical.match.matchers.pair_svm:_every", "classical.match.matchers.pair_svm:_row_by_row")
def pair_svm(rng: np.random.Generator) -> object:
    from eigen2arc.core import plugins

    a, b = rng.standard_normal((2, 33, 6), np.float32)
    matcher = plugins.build("matcher", "pair_svm").fit(a, b, np.arange(33) % 2 == 0)
    return matcher.score(a, b[:9]), matcher.score_pairs(a, b)


@case("classical.linear.batch_invariant_product:_product")
def batch_invariant_product(rng: np.random.Generator) -> object:
    from eigen2arc.classical.linear.batch_invariant_product import fixed_order_product

    return fixed_order_product(rng.random((5, 1100), np.float32), rng.random((70, 1100), np.float32))


@case("classical.image.crop_windows:_average")
def crop_windows(rng: np.random.Generator) -> object:
    from eigen2arc.classical.image.crop_windows import crop_windows

    corners = rng.uniform(-5, 40, (31, 2))
    return crop_windows(grey(rng, 50, 60), np.hstack([corners, corners + rng.uniform(2, 30, (31, 2))]), 8)


@case("classical.descriptors.hog:_describe")
def hog(rng: np.random.Generator) -> object:
    from eigen2arc.core import plugins

    return plugins.build("feature", "hog").describe(grey(rng, 17, 24, 24))


@case("classical.detect.features.sift:_describe")
def sift(rng: np.random.Generator) -> object:
    from eigen2arc.core import plugins

    return plugins.build("feature", "sift").describe(grey(rng, 17, 24, 24))


@case("classical.detect.features.gabor:_describe")
def gabor(rng: np.random.Generator) -> object:
    from eigen2arc.core import plugins

    return plugins.build("feature", "gabor", scales=2, directions=3).describe(grey(rng, 17, 24, 24))


@case("classical.descriptors.lbp:label_patterns", "classical.descriptors.lbp_histograms:count_labels")
def lbp(rng: np.random.Generator) -> object:
    from eigen2arc.classical.descriptors.lbp_histograms import lbp_cell_histograms

    return lbp_cell_histograms(grey(rng, 17, 20, 20), 8, 2.0, 2, 3)


@case("classical.descriptors.dense_sift:_describe")
def dense_sift(rng: np.random.Generator) -> object:
    from eigen2arc.classical.descriptors.dense_sift import dense_sift

    return dense_sift(grey(rng, 7, 40, 40), 4, 2)


@case("classical.detect.landmarks.sift_at_points:_describe")
def sift_at_points(rng: np.random.Generator) -> object:
    from eigen2arc.classical.detect.landmarks.sift_at_points import sift_at_points

    owners, points = rng.integers(0, 3, 21), rng.uniform(-5, 45, (21, 2, 2))
    return sift_at_points(grey(rng, 3, 40, 40), owners, points, rng.uniform(-1, 1, (21, 2)))


@case("classical.detect.classifiers.random_forest:_mean")
def random_forest(rng: np.random.Generator) -> object:
    return _classifier("random_forest", rng, trees=7)


def _classifier(name: str, rng: np.random.Generator, **settings: object) -> np.ndarray:
    from eigen2arc.core import plugins

    x = rng.standard_normal((60, 5), np.float32)
    return plugins.build("classifier", name, **settings).fit(x, x[:, 0] + x[:, 1] > 0).decide(x)


@case(
    "classical.detect.boosting.binning:_bin",
    "classical.detect.boosting.tree_ensemble:_score",
    "the search for a split, in threads",
)
def boosting(rng: np.random.Generator) -> object:
    from eigen2arc.classical.detect.boosting.adaboost import AdaBoost
    from eigen2arc.classical.detect.boosting.binning import Binned

    values = rng.standard_normal((1200, 90), np.float32)
    boosted = AdaBoost(Binned.of(values), values[0] > values[1] ** 2, np.ones(90), depth=2, feature_share=0.7)
    for _ in range(3):
        boosted.add_tree()
    trees = boosted.trees
    return boosted.binned.bins, trees.features, trees.thresholds, trees.leaves, trees.score(values)


@case("classical.detect.haar.responses:_fill")
def haar_responses(rng: np.random.Generator) -> object:
    from eigen2arc.classical.detect.haar.features import enumerate_features
    from eigen2arc.classical.detect.haar.responses import haar_responses

    return haar_responses(grey(rng, 30, 12, 12), enumerate_features(12, 12))


@case("classical.detect.cascade.engine.scan:scan")
def cascade(rng: np.random.Generator) -> object:
    from eigen2arc.classical.detect.cascade.formats.xml_form import FOLDER, read_cascade

    image = np.kron(grey(rng, 20, 25), np.ones((5, 5), np.uint8))
    return read_cascade(FOLDER / "haarcascade_frontalface_default.xml").windows(image, 1.1, 0)


@case("classical.detect.channels.engine.soft_cascade:_scan")
def soft_cascade(rng: np.random.Generator) -> object:
    from eigen2arc.classical.detect.channels.engine.soft_cascade import scan

    features, thresholds = rng.integers(0, 75, (40, 3), np.int32), rng.normal(0, 0.5, (40, 3)).astype(np.float32)
    leaves = rng.normal(0, 0.3, (40, 4)).astype(np.float32)
    return scan(rng.standard_normal((3, 17, 30), np.float32), 5, features, thresholds, leaves, -1.0)


@case("the regions of selective search, in threads")
def selective_search(rng: np.random.Generator) -> object:
    return _proposals("selective_search", rng)


@case("the trees of randomized Prim, in threads")
def randomized_prim(rng: np.random.Generator) -> object:
    return _proposals("randomized_prim", rng)


def _proposals(name: str, rng: np.random.Generator) -> object:
    from eigen2arc.core import plugins

    image = np.kron(grey(rng, 6, 8, 3), np.ones((8, 8, 1), np.uint8))
    return plugins.build("proposal", name).propose(image)


@case("deep.ops.area_resample:area_means")
def area_means(rng: np.random.Generator) -> object:
    import torch

    from eigen2arc.deep.ops.area_resample import IntegralImages, resample_crops
    from eigen2arc.deep.ops.scratch import Scratch

    images = IntegralImages.of([grey(rng, 37, 53, 3), grey(rng, 20, 31, 3)], Scratch(torch.device("cpu")))
    windows = torch.tensor([[0, 0, 31, 20], [3, 4, 20, 19], [-5, -1, 9, 40]])
    return resample_crops(images, torch.tensor([0, 1, 0]), windows, 12).numpy()


@case("deep.detect.mtcnn.networks:_prelu_max_pool")
def prelu_max_pool(rng: np.random.Generator) -> object:
    import torch

    from eigen2arc.deep.detect.mtcnn.networks import prelu_max_pool

    x, slope = rng.standard_normal((2, 5, 15, 17), np.float32), rng.standard_normal(5, np.float32)
    with torch.inference_mode():
        return prelu_max_pool(torch.from_numpy(x), torch.from_numpy(slope), 3).numpy()


@case(
    *("recognize.stores.byte_codes:_count", "recognize.stores.byte_codes:_list"),
    *("recognize.stores.exact_scores:_add", "recognize.stores.inverted_file:_order"),
)
def stores(rng: np.random.Generator) -> object:
    import tempfile

    from eigen2arc.recognize.stores.local_store import LocalStore

    vectors = rng.standard_normal((1500, 9), np.float32)
    found = []
    for index in ("exact", "ivf"):
        with tempfile.TemporaryDirectory() as folder:
            store = LocalStore(Path(folder), 9, "cosine", index)  # type: ignore[arg-type]
            store.add(np.arange(1500), vectors)
            found += store.search(vectors[:20] + 1, 3)
    return tuple(found)


def folders() -> Iterator[tuple[str, Path]]:
    """The rooms' names, and where they are: in this checkout, or installed."""
    for room in ROOMS:
        yield room, Path(importlib.import_module(f"eigen2arc.{room}").__path__[0])


def parallel_kernels() -> Iterator[str]:
    """Every function of the sources that is compiled with ``parallel=True``."""
    for room, folder in folders():
        for path in sorted(folder.rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "parallel" not in source:
                continue
            module = ".".join((room, *path.relative_to(folder).with_suffix("").parts))
            found = [f"{module}:{node.name}" for node in ast.walk(ast.parse(source)) if _is_parallel(node)]
            # Nothing else may switch it on, as a dictionary of options would: this search would not see it.
            assert len(found) == len(re.findall(r"parallel\W{1,4}True", source)), path
            yield from found


def _is_parallel(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        keyword.arg == "parallel" and getattr(keyword.value, "value", False)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def same_bits(one: object, other: object) -> bool:
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(same_bits, one, other))
    a, b = np.asarray(one), np.asarray(other)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def result(function: Callable[[np.random.Generator], object], threads: int) -> object:
    numba.set_num_threads(threads)
    return function(np.random.default_rng(20260101))


def main() -> None:
    """Print, as JSON, what each kernel's case did: whether it ran, and whether two threads gave the same bits."""
    done = {}
    for function in dict.fromkeys(CASES.values()):
        alone = result(function, 1)
        done[function.__name__] = all(same_bits(alone, result(function, 2)) for _ in range(REPEATS))
    ran = {
        name: bool(getattr(importlib.import_module(f"eigen2arc.{module}"), kernel).signatures)
        for name in CASES
        for module, _, kernel in [name.partition(":")]
        if kernel
    }
    print(json.dumps({"threads": numba.get_num_threads(), "same": done, "ran": ran}))


def test_every_parallel_loop_is_listed() -> None:
    assert sorted(name for name in CASES if ":" in name) == sorted(parallel_kernels())


@pytest.mark.slow
def test_two_threads_give_the_bits_that_one_gives() -> None:
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    process = subprocess.run(
        [sys.executable, "-W", "error", __file__], env=environment, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    report = json.loads(process.stdout)
    assert report["threads"] == 2
    assert [name for name, ran in report["ran"].items() if not ran] == []
    assert [name for name, same in report["same"].items() if not same] == []


if __name__ == "__main__":
    main()
