"""A made-up run: drawn images, Gaussian scores, and what the project's own metrics give for them."""

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from eigen2arc.core.files import atomic_write, write_json
from eigen2arc.core.image import encode
from eigen2arc.core.metrics import (
    acquisition,
    detection,
    groups,
    hter,
    identification,
    open_set,
    people_bootstrap,
    verification,
)
from eigen2arc.core.types import Scores

TASKS = ("verification", "identification", "detection", "factors")
NAMES = (
    ("Eigenfaces (1991)", "classical", 0.6),
    ("Fisherfaces (1997)", "classical", 1.2),
    ("LBP histograms (2006)", "classical", 1.5),
    ("LBP histograms, MTCNN crops", "mixed", 1.8),
    ("MobileFaceNet, ArcFace (2019)", "deep", 4.2),
)
FACTORS = {
    "yaw_deg": (0, 15, 30, 45, 60, 75),
    "light": (0.2, 0.4, 0.6, 0.8, 1.0),
    "blur_px": (0, 1, 2, 4, 8),
    "occlusion": (0, 0.2, 0.4, 0.6),
}
FOLDS, PAIRS, PEOPLE, FACES, IMAGES, STRANGERS = 10, 1200, 30, 320, 60, 400

MakeRun = Callable[..., Path]


@pytest.fixture(autouse=True)
def _plots_not_drawn(plots_not_drawn: None) -> None:
    """Holds for all tests of the page."""


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """make_run(tasks=..., systems=[(name, track, d')]) writes a finished run and returns its folder."""

    def make(tasks: tuple[str, ...] = TASKS, systems: tuple[tuple[str, str, float], ...] = NAMES) -> Path:
        return write_run(tmp_path / "run", tasks, systems)

    return make


def write_run(
    folder: Path, tasks: tuple[str, ...] = TASKS, systems: tuple[tuple[str, str, float], ...] = NAMES
) -> Path:
    rng = np.random.default_rng(7)
    pictures = [keep(folder, draw(rng)) for _ in range(24)]
    scores: list[list[Any]] = []
    detections: list[list[Any]] = []
    answers: list[list[Any]] = []
    samples = [
        {"image": f"scenes/{n:04d}.png", "picture": keep(folder, draw_scene(rng)), "width": 480, "height": 360}
        | {"truth": [[60.0, 70.0, 180.0, 220.0], [290.0, 120.0, 400.0, 260.0]], "detections": {}}
        for n in range(3)
    ]
    entries = [system(rng, tasks, *one, pictures, scores, answers, detections, samples) for one in systems]
    document = {
        "format": 3,
        "suite": "made-up",
        "title": "Demo: synthetic faces",
        "description": "A classical and a deep system, from pixels to a decision, on drawn faces.",
        "command": "eigen2arc compare demo --out runs/demo",
        "eigen2arc": "0.1.0",
        "versions": {"python": "3.11.2", "numpy": "2.1.0", "torch": "2.11.0"},
        "hardware": {"cpu": "A Processor 9000", "cores": 2, "memory_gb": 8.0, "device": "cpu"},
        "datasets": {task: dataset(task) for task in tasks},
        "left_out": ["Someone's model: there is no file weights/model.onnx"],
        "systems": entries,
        "comparisons": [compared(task, [one["id"] for one in entries]) for task in tasks if task != "factors"],
        **shared_failures(entries, pictures),
        "samples": samples,
    }
    write_json(folder / "metrics.json", document)
    header = "system first second same fold score status_first status_second"
    write_table(folder / "scores.csv", header, scores)
    header = "system round probe person named right score runner_up runner_up_score status"
    write_table(folder / "answers.csv", header, answers)
    write_table(folder / "detections.csv", "system image score x1 y1 x2 y2 hit gain", detections)
    return folder


def dataset(task: str) -> dict[str, Any]:
    return {
        "name": "scenes" if task == "detection" else "synthetic",
        "version": hashlib.sha256(task.encode()).hexdigest(),
        "protocol": "FDDB's discrete score" if task == "detection" else "ten folds, no person in two of them",
        "notes": ["drawn by the generator, seed 1"],
        "images": 360,
        "people": 0 if task == "detection" else 60,
        "pairs": PAIRS if task == "verification" else 0,
    }


def system(
    rng: np.random.Generator,
    tasks: tuple[str, ...],
    name: str,
    track: str,
    d_prime: float,
    pictures: list[str],
    scores: list[list[Any]],
    answers: list[list[Any]],
    detections: list[list[Any]],
    samples: list[dict[str, Any]],
) -> dict[str, Any]:
    """One entry of systems[]; appends the system's rows to the three tables and its faces to the samples."""
    detector = "mtcnn" if track != "classical" else "viola_jones"
    made: dict[str, Any] = {
        "name": name,
        "id": "-".join(name.lower().split()),
        "track": track,
        "stages": {
            "detector": {"name": detector, "settings": {"min_size_px": 20, "thresholds": [0.6, 0.7, 0.7]}},
            "aligner": {"name": "five_point", "settings": {}},
            "encoder": {"name": "eigenfaces", "settings": {"components": 100}},
            "matcher": {"name": "cosine", "settings": {}},
        },
        "outside_data": "detector: WIDER FACE, CelebA",
        "learning": {"setting": "unsupervised", "outside": "label-free outside data"},
        "crops_sha256": hashlib.sha256(detector.encode()).hexdigest(),
        "timing": {
            stage: {"seconds": s, "images": 720, "per_second": 720 / s}
            for stage, s in (("detect", 9.0), ("align", 0.8), ("fit", 2.0), ("encode", d_prime * 4), ("match", 0.01))
        },
    }
    if set(tasks) == {"detection"}:
        made["stages"] |= dict.fromkeys(("aligner", "encoder", "matcher"))
        made["timing"] = {"detect": made["timing"]["detect"]}
        del made["crops_sha256"]
    if "verification" in tasks:
        made |= verified(rng, name, d_prime, pictures, scores)
    if "identification" in tasks:
        people = np.arange(PEOPLE)
        similarity = d_prime * (people == people[:, None]) + rng.normal(0, 1, (PEOPLE, PEOPLE))
        places = identification.ranks(similarity, people, people)
        counts = {"gallery": PEOPLE, "people": PEOPLE, "not_found": 2}
        summary = identification.summary([places], protocol="p", **counts)
        made["identification"] = summary | sure({"rank1": people_bootstrap.share(places == 1, people, rounds=20)})
        made["identification"] |= among_strangers(name, d_prime, places, answers)
        made["identification"]["answers"] = named_people(pictures)
        made["kept"] = {"file": f"systems/{made['id']}.safetensors", "sha256": "0" * 64, "bytes": 1}
    if "detection" in tasks:
        made["detection"] = detected(rng, name, d_prime, detections)
        if set(tasks) == {"detection"}:
            made["detection"]["average_precision"] = {"easy": 0.9, "medium": 0.7, "hard": None}
    if "factors" in tasks:
        made["factors"] = {
            factor: [
                {"level": level, "accuracy": 0.5 + d_prime / 9 * 0.8**n, "pairs": 80, "not_found": 6 * n}
                for n, level in enumerate(levels)
            ]
            for factor, levels in FACTORS.items()
        }
    for sample in samples:
        jitter = rng.normal(0, 5, (3, 4)).round(1)
        boxes = (np.array([*sample["truth"], [420.0, 20.0, 470.0, 70.0]]) + jitter).tolist()
        key = name if "detection" in tasks else detector
        points = [[95.0, 120.0], [145.0, 120.0], [120.0, 150.0], None, [140.0, 180.0]]
        sample["detections"][key] = [
            {"box": box, "score": 9.5 - n, "landmarks": points if n == 0 else None} for n, box in enumerate(boxes)
        ]
        if "detection" in tasks:
            detections += [[name, sample["image"], 9.5 - n, *box, (1, -1, 0)[n], 0.0] for n, box in enumerate(boxes)]
    return made


def among_strangers(name: str, d_prime: float, ranks: np.ndarray, rows: list[list[Any]]) -> dict[str, Any]:
    """Metrics of the people and of strangers; appends their answers, of which the first saw no face."""
    rng = np.random.default_rng(8)
    best, strange = rng.normal(d_prime, 1, len(ranks)), rng.normal(0, 1, STRANGERS)
    best[0] = strange[0] = -np.inf
    for kind, scores in (("p", best), ("s", strange)):
        for n, score in enumerate(scores.tolist()):
            right: int | str = int(ranks[n] == 1 and n > 0) if kind == "p" else ""
            named = ["", right, "", "", "", 4] if np.isinf(score) else ["x", right, score, "y", score - 1, 0]
            rows.append([name, 0, f"{kind}{n}.png", f"{kind}{n}", *named])
    one = open_set.OpenRound(np.where(ranks == 1, best, -np.inf), strange)
    sides = groups.by_name(["left", "right"] * (PEOPLE // 2))
    lost = acquisition.summary(np.array([4] * 2 + [0] * (PEOPLE + STRANGERS - 2), np.uint8))
    return {
        "open_set": open_set.summary([one]),
        "failure_to_acquire": {**lost, "rank1_if_refused": 0.5, "dir_at_fpir_if_refused": {"1e-1": 0.25}},
        "groups": {"side": groups.of_probes((ranks == 1).astype(float), np.arange(PEOPLE), np.arange(PEOPLE), sides)},
    }


def named_people(pictures: list[str]) -> dict[str, Any]:
    """Who is taken for whom, of three people who are confused and of strangers."""
    pairs = [
        {"probe": f"p{n}.png", "person": f"person {n}", "named": "Ann", "enrolled": f"ann{n}.png", "round": 0}
        | {"score": 2.5 - n / 10, "excess": 0.5 - n / 10 if n else None}
        | {"probe_picture": pictures[2 * n], "enrolled_picture": pictures[2 * n + 1]}
        for n in range(3)
    ]
    worst = {"person": "Bob", "images": 4, "probes": 4, "share": 0.25, "low": 0.05, "high": 0.7, "below": True}
    return {
        "fpir": "1e-1",
        "rates": {"overall": 0.75, "people": 30, "most_images": 4, "median": 1.0, "below": 1}
        | {"tenths": [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 29], "worst": [worst]},
        "matrix": {"people": ["Ann", "Bob"], "probes": [[7, 2, 0, 1], [3, 1, 5, 0]]},
        "confusions": 10,
        "refused": 1,
        "taken_for": pairs,
        "strangers": 39,
        "strangers_of": STRANGERS,
        "strangers_taken": [{**pairs[0], "person": ""}],
    }


def verified(
    rng: np.random.Generator, name: str, d_prime: float, pictures: list[str], rows: list[list[Any]]
) -> dict[str, Any]:
    same = np.arange(PAIRS) % 2 == 0
    made = Scores(rng.normal(d_prime * same, 1), same, np.arange(PAIRS) * FOLDS // PAIRS)
    for p, (value, fold) in enumerate(zip(made.value.tolist(), made.fold.tolist(), strict=True)):
        rows.append([name, f"a{p}.png", f"b{p}.png", int(same[p]), fold, value, 0, 0])
    pairs = [shown_pair(n, pictures) | {"score": 3.21 - n / 5, "threshold": 1.5, "failing": 1} for n in range(6)]
    wrong = {
        "false_accepts": [pair | {"same": False} for pair in pairs],
        "false_rejects": [pair | {"same": True, "failing": 5} for pair in pairs[:4]],
    }
    summary = verification.summary(made, protocol="ten folds", not_found=3)
    nearest = np.argsort(np.abs(made.value - summary["threshold"]["mean"]))[:12]
    near = [
        shown_pair(n, pictures) | {"score": float(made.value[p]), "same": bool(same[p])}
        for n, p in enumerate(sorted(nearest.tolist(), key=lambda p: made.value[p]))
    ]
    draws = people_bootstrap.verification(made, np.arange(PAIRS), np.arange(PAIRS) + PAIRS * ~same, rounds=20)
    ends = np.array([one.interval() for one in draws.band])
    band = {"fmr": draws.band_fmr.tolist(), "low": ends[:, 0].tolist(), "high": ends[:, 1].tolist()}
    intervals = {"accuracy": draws.accuracy, "auc": draws.auc, "eer": draws.eer}
    accepted, images = made.value >= 1, np.arange(PAIRS)
    age = groups.cut(np.arange(PAIRS) % 30.0)
    more = {
        "hter": hter.summary(made),
        "failure_to_acquire": {
            **acquisition.summary(np.array([2] * 3 + [0] * PAIRS, np.uint8)),
            "accuracy_if_refused": acquisition.accuracy_if_refused(made, images > 20),
        },
        "groups": {"age_years": groups.of_pairs(accepted, same, images, images, images, age)},
    }
    return {
        "verification": summary | sure(intervals) | {"det_band": band} | more,
        "errors": wrong,
        "near_threshold": near,
    }


def shown_pair(n: int, pictures: list[str]) -> dict[str, Any]:
    """Two images by name, and their pictures."""
    files = {"first_picture": pictures[2 * n], "second_picture": pictures[2 * n + 1]}
    return {"first": f"a{n}.png", "second": f"b{n}.png", "same": n % 2 == 0, **files}


def shared_failures(entries: list[dict[str, Any]], pictures: list[str]) -> dict[str, Any]:
    """Pairs at which all fail, more than are shown; the first system fails alone at two."""
    ids = [one["id"] for one in entries if "verification" in one]
    if len(ids) < 2:
        return {}
    pair = shown_pair(0, pictures) | {"outdone": 0.75}
    lone = {"pairs": 2, "shown": [pair | {"score": 0.5, "threshold": 0.75}] * 2}
    made = {"systems": len(ids), "pairs": PAIRS, "nobody": 700}
    made["everybody"] = {"pairs": 31, "crops_of": ids[0], "shown": [pair, shown_pair(1, pictures) | {"outdone": 0.25}]}
    made["alone"] = {key: {"pairs": 0, "shown": []} for key in ids} | {ids[0]: lone}
    return {"failures": made}


def detected(rng: np.random.Generator, name: str, d_prime: float, rows: list[list[Any]]) -> dict[str, Any]:
    hits = np.arange(500) < FACES * (1 - 0.3 / d_prime)
    values = rng.normal(1.5 * hits, 1)
    for n, (value, hit) in enumerate(zip(values.tolist(), hits.tolist(), strict=True)):
        rows.append([name, f"images/{n % IMAGES:04d}.png", value, 10, 10, 60, 60, int(hit), 0.8 * hit])
    made = detection.summary(hits, values, faces=FACES, images=IMAGES, protocol="FDDB's discrete score")
    continuous = detection.recall_table(*detection.continuous_roc(hits, 0.8 * hits, values, FACES))
    rules = {"test_scale": f"longer side {100 * len(name)} px", "regions": "ellipses' bounding boxes"}
    images = np.arange(500) % IMAGES
    draws = people_bootstrap.recall_at_fp(hits, values, images, np.full(IMAGES, FACES / IMAGES), (100,), rounds=20)
    return made | rules | {"continuous_recall_at_fp": continuous} | sure({"recall_at_fp/100": draws[100]})


def sure(draws: dict[str, people_bootstrap.Draws]) -> dict[str, Any]:
    ends = {name: dict(zip(("low", "high"), one.interval(), strict=True)) for name, one in draws.items()}
    units = next(iter(draws.values())).units
    return {"intervals": ends, "resampled": {"unit": "people", "units": units, "level": 0.95}}


def compared(task: str, ids: list[str]) -> dict[str, Any]:
    """Every system with every other one: neighbours cannot be told apart."""
    pairs = [
        {
            "first": a,
            "second": b,
            "better": b if j > i + 1 else "",
            "difference": (i - j) / 50,
            "low": -0.2,
            "high": 0.1,
        }
        | {"p": 0.01, "p_holm": 0.1, "people_needed": 1234, "mcnemar": 0.02}
        for i, a in enumerate(ids)
        for j, b in enumerate(ids)
        if i < j
    ]
    metric = {"verification": "accuracy", "identification": "rank1", "detection": "recall_at_fp/100"}[task]
    return {"task": task, "metric": metric, "unit": "people", "units": PEOPLE, "pairs": pairs}


def draw(rng: np.random.Generator, size_px: int = 112) -> np.ndarray:
    """A face, as far as two ellipses and a line make one."""
    image = np.full((size_px, size_px, 3), rng.integers(60, 200, 3), np.uint8)
    skin = tuple(int(v) for v in rng.integers(120, 230, 3))
    centre, unit = (size_px // 2, size_px // 2), size_px / 112
    cv2.ellipse(image, centre, (int(36 * unit), int(48 * unit)), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for side in (-1, 1):
        eye = (centre[0] + int(side * 16 * unit), centre[1] - int(8 * unit))
        cv2.circle(image, eye, int(5 * unit), (30, 30, 40), -1, cv2.LINE_AA)
    cv2.ellipse(image, (centre[0], centre[1] + int(22 * unit)), (int(16 * unit), 6), 0, 0, 180, (150, 40, 50), 2)
    return image


def draw_scene(rng: np.random.Generator) -> np.ndarray:
    image = np.full((360, 480, 3), rng.integers(90, 160, 3), np.uint8)
    for x1, y1, x2, y2 in ((60, 70, 180, 220), (290, 120, 400, 260)):
        image[y1:y2, x1:x2] = cv2.resize(draw(rng), (x2 - x1, y2 - y1))
    return image


def keep(folder: Path, image: np.ndarray) -> str:
    data = encode(image, ".jpg", jpeg_quality=88)
    name = f"pictures/{hashlib.sha256(data).hexdigest()[:24]}.jpg"
    with atomic_write(folder / name) as file:
        file.write(data)
    return name


def write_table(path: Path, header: str, rows: list[list[Any]]) -> None:
    if rows:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header.split(), *rows])
