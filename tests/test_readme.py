"""What README, docs, CONTRIBUTING and the help show runs as it stands there: the Python, and every command.

The commands run in one folder that holds what they name (DATA, photo.jpg, ...), made small and from the generator. What
takes long gets words behind it that make it short: a command for which SHORTER has none fails.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import typer
from accelerate.state import AcceleratorState
from PIL import Image
from scipy.io import savemat
from typer.testing import CliRunner

from eigen2arc.compare.cli import app
from eigen2arc.core import build, write_image
from eigen2arc.core.image import to_grey
from eigen2arc.core.types import Dataset

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
#: README first, as commands build upon each other.
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md")
}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_of_the_project(page: str) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGES[page]):
        assert (ROOT / page).parent.joinpath(link).exists(), link


def test_two_photos_are_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(code.splitlines()) <= 10
    people = build("dataset", "synthetic", people=2, images_per_person=2, seed=1, difficulty=0.0)
    monkeypatch.chdir(tmp_path)
    write_image("a.jpg", people.images[0])
    scores = []
    for other in (1, 2):
        write_image("b.jpg", people.images[other])
        exec(code, {})
        said = re.fullmatch(r"score (-?[\d.]+), faces found: \[True, True\]\n", capsys.readouterr().out)
        assert said is not None
        scores.append(float(said[1]))
    same, different = scores
    assert same > different


#: What stands for a word of one's own.
PLACEHOLDERS = {"RUN_DIR": "runs/lfw", "KIND NAME": "loss arcface", "...": "--out runs/several"}

#: What starts several processes; here it is one.
LAUNCHERS = ("accelerate launch --multi_gpu --module eigen2arc.compare.cli",)


def settings(*pairs: str) -> tuple[str, ...]:
    return tuple(word for pair in pairs for word in ("--set", pair))


FEW_STEPS = settings("steps=2", "warm_up_steps=1", "verify_every_steps=2")
FEW_PEOPLE = settings("dataset.people=6", "dataset.images_per_person=4", "held_out_people=3")
SMALL_NETWORK = settings("batch_size=4", "embedding_size=16")
SMALL_BACKBONE = settings("backbone.size_px=32", "backbone.width=0.25")
SMALL_DETECTOR = (*FEW_STEPS, *settings("batch_size=2", "held_out_images=1"))
SMALL_SCENES = settings("dataset.width_px=160", "dataset.height_px=128", "dataset.largest_face_px=60")
FEW_SCENES = (*SMALL_SCENES, *settings("dataset.images=4"))
FEW_WINDOWS = ("--rounds", "1", "--first-negatives", "30", "--windows-each", "20")
#: Joint Bayesian needs more images than people and axes together.
PROJECTIONS = "[{name='whitened_pca', components=4, power=0.5}, 'unit_length', 'joint_bayesian']"
MEMBER = f"{{name='projected', base='lbp_histogram', projections={PROJECTIONS}}}"
AT = ("", "-centre")
FEW_AXES = settings(
    *(f"systems.{one}-jb{at}.encoder.projections={PROJECTIONS}" for one in ("hd-lbp", "fisher-vectors") for at in AT),
    *(
        f"systems.fisher-vectors-jb{at}.encoder.base={{name='fisher_vector_faces', components=4, scales=1}}"
        for at in AT
    ),
    *(f"systems.fusion{at}.encoder.members=[{MEMBER}, {MEMBER}]" for at in AT),
    "systems.mobilefacenet-centre.encoder.steps=2",
)
FEW_CROPS = settings("dataset.people=8", "held_out_people=4", "dataset.images_per_person=4", "batch_size=4")


class Shorter(NamedTuple):
    """words : go behind the command. after : what has to have run before, by its first words. quick : below a second.

    codes : the exit codes that are no error; of an answer about drawn people any.
    """

    words: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    quick: bool = False
    codes: tuple[int, ...] = (0,)


#: By the first words of a command; the longest that fit count.
SHORTER = {
    "compare lfw": Shorter(("--limit", "8")),
    "compare lfw --set": Shorter(("--limit", "8"), ("deep train encoder --out runs/arc ",)),
    "compare fddb": Shorter(("--limit", "2")),
    "compare wider": Shorter(("--limit", "2")),
    "compare orl": Shorter(settings("identification.splits=1")),
    "compare demo": Shorter(("--limit", "12")),
    "compare open_set": Shorter(settings("identification.people=2", "identification.strangers=2")),
    "compare peers": Shorter(("--limit", "8", *settings("fit.people=8"))),
    "compare paper/ahonen2006": Shorter(settings("identification.splits=1", "systems.mobilefacenet.encoder.steps=2")),
    "compare paper/belhumeur1997": Shorter(("--limit", "22")),
    "compare paper/lfw-classical": Shorter(FEW_AXES),
    "compare mine": Shorter(settings("fit.people=12")),
    "compare losses": Shorter(
        ("--budget", "2steps", "--losses", "arcface,triplet", *FEW_CROPS, "--set", "backbone.size_px=32")
    ),
    "report": Shorter(after=("compare lfw --data-root",)),
    "report key": Shorter(),
    "report bundle": Shorter(after=("compare lfw --data-root", "report key")),
    "report verify": Shorter(after=("report bundle",)),
    "report diff": Shorter(after=("report bundle",)),
    "identify photo.jpg --run": Shorter(after=("compare mine --photos PHOTOS ",)),
    "identify": Shorter(after=("gallery build PHOTOS --out people ",), codes=(0, 1)),
    "gallery build": Shorter(codes=(0, 1)),
    "gallery": Shorter(after=("gallery build PHOTOS --out people ",)),
    "gallery check": Shorter(after=("gallery build PHOTOS --out people ",), codes=(0, 1)),
    "gallery rename": Shorter(after=("gallery add",)),
    "gallery remove": Shorter(after=("gallery rename",)),
    "cluster": Shorter(),
    "calibrate": Shorter(),
    "list": Shorter(quick=True),
    "cache": Shorter(quick=True),
    "bench": Shorter(("haar",)),
    "bench gpu": Shorter(),
    "selftest fuzz": Shorter(("archives", "--inputs", "4")),
    "detect": Shorter(),
    "detect photo.jpg clip.mp4": Shorter(after=("deep train detector mtcnn",)),
    "verify": Shorter(codes=(0, 1, 3)),
    "verify a.jpg b.jpg --calibration": Shorter(after=("calibrate PHOTOS",), codes=(0, 1, 3)),
    "verify a.jpg b.jpg --network": Shorter(after=("deep export",), codes=(0, 1, 3)),
    "datasets list": Shorter(quick=True),
    "datasets check": Shorter(),
    "datasets info": Shorter(quick=True),
    "datasets info face_boxes": Shorter(("--data-root", "MINE"), quick=True),
    "datasets pack": Shorter(("orl", "--detector", "fixed_box", "--size-px", "32", "--out", "runs/packed")),
    "datasets clean": Shorter(("orl", "--threshold-deg", "60", "--out", "kept.csv")),
    "datasets overlap": Shorter(("orl", "synthetic", "--encoder", "none", "--set", "test.people=2")),
    "explain": Shorter(("--help",), quick=True),
    "explain detector": Shorter(),
    "explain preprocessing": Shorter(),
    "explain encoder": Shorter(),
    "classical train cascade": Shorter(settings("stages=1", "negatives=100", "variants=6", "most_trees=4")),
    "classical train channels": Shorter(("--people", "4", "--trees", "2,2", "--depth", "2")),
    "classical train landmarks": Shorter(("--starts", "1")),
    "classical train window": Shorter(FEW_WINDOWS),
    "classical train rcnn": Shorter((*FEW_WINDOWS, *FEW_SCENES)),
    "classical train encoder": Shorter(),
    "classical convert": Shorter(("haarcascade_frontalface_default.xml", "cascade.json")),
    "classical windows": Shorter(("--size-px", "16")),
    "classical proposals": Shorter(("--limit", "4")),
    "deep train detector mtcnn": Shorter(
        (*SMALL_DETECTOR, *settings("dataset.sets=[{name='lfw_net7'}, {name='scenes', images=3}]"))
    ),
    "deep train detector retinaface": Shorter((*SMALL_DETECTOR, *settings("size_px=64"))),
    "deep train detector ssh": Shorter((*SMALL_DETECTOR, *settings("size_px=64"), *FEW_SCENES)),
    "deep train encoder": Shorter((*FEW_STEPS, *FEW_PEOPLE, *SMALL_NETWORK, *SMALL_BACKBONE)),
    # At the size that suites cut.
    "deep train encoder --out runs/arc": Shorter((*FEW_STEPS, *FEW_PEOPLE, *SMALL_NETWORK)),
    "deep train encoder --out runs/mine": Shorter((*FEW_STEPS, *SMALL_NETWORK, *SMALL_BACKBONE)),
    "deep train encoder --out runs/r50": Shorter(
        (*FEW_STEPS, *SMALL_NETWORK, *settings("backbone.layers=18", "backbone.size_px=32", "held_out_people=1"))
    ),
    "deep import": Shorter(settings("backbone.layers=18", "backbone.size_px=32")),
    "deep export": Shorter(after=("deep train encoder --out runs/arc ",)),
    "deep quantize": Shorter(("--calibration", "4", "--pairs", "4"), ("deep export",)),
}

#: What is no command of ours, and how it is tried.
OTHERS = {
    "make report": ["make", "-n", "-C", str(ROOT), "report"],
    "make setup": ["make", "-n", "-C", str(ROOT), "setup"],
    "source .venv/bin/activate": ["true"],  # what this test's Python has done
    "make test": ["make", "-n", "-C", str(ROOT), "test"],
    "tensorboard --logdir runs": [sys.executable, "-m", "tensorboard.main", "--inspect", "--logdir", "runs"],
}


def commands() -> list[str]:
    """All commands, without their comments, in order."""
    found = []
    for page in PAGES.values():
        for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
            lines = block.replace("\\\n", " ").splitlines()
            found += [" ".join(map(shlex.quote, shlex.split(line, comments=True))) for line in lines]
    for page in PAGES.values():
        text = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
        found += [" ".join(code.split()) for code in re.findall(r"`(eigen2arc [^`]+)`", text)]
    found += [line.strip() for line in _help(typer.main.get_command(app)) if line.strip().startswith("eigen2arc ")]
    return list(dict.fromkeys(one for one in found if one and one != "eigen2arc"))


def _help(command: Any) -> Iterator[str]:
    yield from (command.help or "").splitlines()
    for inside in getattr(command, "commands", {}).values():
        yield from _help(inside)


def ours(command: str) -> list[str] | None:
    """The words behind `eigen2arc`; None for what is no command of ours."""
    for placeholder, meant in PLACEHOLDERS.items():
        command = command.replace(placeholder, meant)
    for launcher in LAUNCHERS:
        command = command.replace(launcher, "eigen2arc")
    first, *words = shlex.split(command)
    return words if first == "eigen2arc" else None


def shorter(words: list[str]) -> Shorter | None:
    """What SHORTER says of a command; None if nothing."""
    line = " ".join(words) + " "
    fitting = [start for start in SHORTER if line.startswith(f"{start} ")]
    return SHORTER[max(fitting, key=len)] if fitting else None


def codes(command: str) -> tuple[int, ...]:
    """The exit codes with which a command may end."""
    rule = shorter(ours(command) or [])
    return (0,) if rule is None else rule.codes


class Shop:
    """The folder in which all commands run, each once; one that needs another's files runs that first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: dict[str, tuple[int, str]] = {}

    def run(self, command: str) -> tuple[int, str]:
        """The exit code and what was printed."""
        if command not in self.done:
            self.done[command] = self._run(command)
        return self.done[command]

    def _run(self, command: str) -> tuple[int, str]:
        words = ours(command)
        if words is None:
            done = subprocess.run(OTHERS[command], capture_output=True, text=True, timeout=120, cwd=self.folder)
            return done.returncode, done.stdout + done.stderr
        rule = shorter(words)
        assert rule is not None
        for start in rule.after:
            needed = next(one for one in commands() if f"{' '.join(ours(one) or ())} ".startswith(start))
            assert self.run(needed)[0] in codes(needed), needed
        result = CliRunner().invoke(app, [*words, *rule.words], catch_exceptions=False)
        return result.exit_code, result.output


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "runs").mkdir()
    for make in (photos, data_root, own_sets, weights):
        make(folder)
    return Shop(folder)


@pytest.mark.parametrize("command", commands())
def test_every_command_has_a_rule(command: str) -> None:
    words = ours(command)
    assert command in OTHERS if words is None else shorter(words) is not None


def _marked(command: str) -> Any:
    rule = shorter(ours(command) or [])
    return command if rule is not None and rule.quick else pytest.param(command, marks=pytest.mark.slow)


@pytest.mark.parametrize("command", [_marked(command) for command in commands()])
def test_the_command_runs(command: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("EIGEN2ARC_DATA", "DATA")
    AcceleratorState._reset_state(reset_partial_state=True)  # what a process of its own begins with
    code, output = shop.run(command)
    assert code in codes(command), output


PEOPLE, EACH = 16, 11


def people() -> Dataset:
    return build("dataset", "synthetic", people=PEOPLE, images_per_person=EACH, size_px=96, difficulty=0.1, seed=5)


def scenes(images: int, most_faces: int, seed: int) -> Dataset:
    sizes = {"width_px": 160, "height_px": 128, "least_face_px": 30, "largest_face_px": 60}
    return build("dataset", "scenes", images=images, most_faces=most_faces, seed=seed, **sizes)


def photos(folder: Path) -> None:
    """Images, folders of them, and a video."""
    import av

    several = build("dataset", "synthetic", people=9, images_per_person=4, size_px=160, difficulty=0.5, seed=6)
    assert several.labels is not None
    for number, person in enumerate(several.labels.tolist()):
        write_image(
            folder / ("OTHERS" if person > 5 else "PHOTOS") / f"P{person}" / f"{number}.png", several.images[number]
        )
    faces = people()
    for name, number in {"photo": 0, "face": 1, "a": 2, "b": 3, "folder/c": 4}.items():
        write_image(folder / f"{name}.jpg", faces.images[number])
    with av.open(str(folder / "clip.mp4"), "w") as video:
        stream = video.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 96
        for number in range(3):
            video.mux(stream.encode(av.VideoFrame.from_ndarray(faces.images[number], format="rgb24")))
        video.mux(stream.encode())


def write_lines(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def write_grey(path: Path, image: np.ndarray, form: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(to_grey(image)).save(path, form)


def data_root(folder: Path) -> None:
    """Every set that a command names, in its official layout."""
    faces = people()
    for make in (lfw, orl, yale, cbcl, lfw_net7):
        make(folder / "DATA", faces)
    for make_scenes in (fddb, wider_face):
        make_scenes(folder / "DATA", scenes(4, 2, 6))


def lfw(root: Path, faces: Dataset) -> None:
    base, folds = root / "lfw", 2
    for person in range(PEOPLE):
        for number in range(3):
            name = f"P{person:02d}"
            path = base / "lfw-deepfunneled" / name / f"{name}_{number + 1:04d}.jpg"
            write_image(path, faces.images[EACH * person + number])
    pairs, listed = [f"{folds}\t2"], [str(folds)]
    for fold in range(folds):
        own = [f"P{person:02d}" for person in range(PEOPLE) if person % folds == fold]
        pairs += [f"{name}\t1\t2" for name in own[:2]] + [f"{own[i]}\t1\t{own[i + 1]}\t2" for i in range(2)]
        listed += [str(len(own)), *(f"{name}\t3" for name in own)]
    write_lines(base / "pairs.txt", *pairs)
    write_lines(base / "people.txt", *listed)


def orl(root: Path, faces: Dataset) -> None:
    for person in range(4):
        for number in range(10):
            write_grey(root / f"orl/s{person + 1}/{number + 1}.pgm", faces.images[EACH * person + number], "PPM")


def yale(root: Path, faces: Dataset) -> None:
    from eigen2arc.datasets.readers.yale import CONDITIONS

    for person in range(4):
        for number, condition in enumerate(CONDITIONS):
            path = root / f"yale/subject{person + 1:02d}.{condition}"
            write_grey(path, faces.images[EACH * person + number], "GIF")


def cbcl(root: Path, faces: Dataset) -> None:
    rng = np.random.default_rng(7)
    assert faces.faces is not None
    for number in range(24):
        x1, y1, x2, y2 = np.maximum(faces.faces[number].boxes[0], 0).astype(int)
        write_image(root / f"cbcl/good/{number}.png", faces.images[number][y1:y2, x1:x2])
        write_image(root / f"cbcl/bad/{number}.png", rng.integers(0, 256, (24, 24, 3), np.uint8))


def lfw_net7(root: Path, faces: Dataset) -> None:
    assert faces.faces is not None
    lines = []
    for number in range(2 * EACH):
        name = f"lfw_5590/P{number // EACH}_{number % EACH + 1:04d}.jpg"
        write_image(root / "lfw_net7" / name, faces.images[number])
        points = faces.faces[number].landmarks
        assert points is not None
        lines.append(f"{name} {' '.join(f'{v:.1f}' for v in points[0].clip(1, 94).T.ravel())}")
    write_lines(root / "lfw_net7/train.txt", *lines)


def fddb(root: Path, made: Dataset) -> None:
    assert made.faces is not None
    for fold in (1, 2):
        lines = []
        for number in (fold - 1, fold + 1):
            name = f"2002/07/19/big/img_{number}"
            write_image(root / f"fddb/originalPics/{name}.jpg", made.images[number])
            middles, halves = (
                (made.faces[number].boxes[:, :2] + sign * made.faces[number].boxes[:, 2:]) / 2 for sign in (1, -1)
            )
            rows = np.column_stack([-halves[:, ::-1], np.full(len(halves), np.pi / 2), middles])
            ellipses = [f"{a:.1f} {b:.1f} 1.57 {x:.1f} {y:.1f}  1" for a, b, _, x, y in rows]
            lines += [name, str(len(ellipses)), *ellipses]
        write_lines(root / f"fddb/FDDB-folds/FDDB-fold-{fold:02d}-ellipseList.txt", *lines)


def wider_face(root: Path, made: Dataset) -> None:
    """Both parts have the same images; all faces are easy, medium and hard."""
    assert made.faces is not None
    names = [f"0--Parade/{number}" for number in range(len(made.images))]
    boxes = [np.column_stack([one.boxes[:, :2], one.boxes[:, 2:] - one.boxes[:, :2]]).round() for one in made.faces]
    for split in ("train", "val"):
        lines = []
        for name, image, rows in zip(names, made.images, boxes, strict=True):
            write_image(root / f"wider_face/WIDER_{split}/images/{name}.jpg", image)
            listed = [f"{' '.join(f'{v:.0f}' for v in row)} 0 0 0 0 0 0" for row in rows]
            lines += [f"{name}.jpg", str(len(rows)), *(listed or ["0 0 0 0 0 0 0 0 0 0"])]
        write_lines(root / f"wider_face/wider_face_split/wider_face_{split}_bbx_gt.txt", *lines)
    tables = {
        "event_list": cells(["0--Parade"]),
        "file_list": cells([cells([Path(name).name for name in names])]),
        "face_bbx_list": cells([cells(boxes)]),
        "gt_list": cells([cells([np.arange(1, len(rows) + 1, dtype=np.uint8)[:, None] for rows in boxes])]),
    }
    (root / "wider_face/eval_tools/ground_truth").mkdir(parents=True)
    for part in ("easy", "medium", "hard"):
        savemat(root / f"wider_face/eval_tools/ground_truth/wider_{part}_val.mat", tables)


def cells(content: list[Any]) -> np.ndarray:
    """MATLAB's cell array of one column."""
    made = np.empty((len(content), 1), object)
    made[:, 0] = content
    return made


def own_sets(folder: Path) -> None:
    """MINE, as train_valid and as face_boxes; folders of face crops and of photographs; lists and records."""
    faces = people()
    assert faces.faces is not None
    for person in range(4):
        for number in range(6):
            part = "train" if number < 4 else "valid"
            write_image(folder / f"MINE/{part}/P{person}/{number}.png", faces.images[EACH * person + number])
    lines = []
    made = scenes(6, 2, 8)
    assert made.faces is not None
    for number, (image, found) in enumerate(zip(made.images, made.faces, strict=True)):
        write_image(folder / f"MINE/train/images/{number}.jpg", image)
        boxes = np.column_stack([found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]])
        lines += [f"# {number}.jpg", *(" ".join(f"{v:.0f}" for v in row) for row in boxes)]
    write_lines(folder / "MINE/train/label.txt", *lines)
    for number in range(40):
        write_image(folder / f"caltech36/{number}.png", _crop(faces, number))
    for number, image in enumerate(scenes(6, 0, 9).images):
        write_image(folder / f"backgrounds/{number}.jpg", image)
    lfw_net7(folder, faces)
    _records(folder / "faces_emore", faces)


def _crop(faces: Dataset, number: int) -> np.ndarray:
    """36 px of a face, which is 28 px high."""
    import cv2

    assert faces.faces is not None
    x1, y1, x2, y2 = faces.faces[number].boxes[0]
    middle, half = np.array([(x1 + x2) / 2, (y1 + y2) / 2]), (y2 - y1) * 36 / 28 / 2
    matrix = np.array([[36 / half / 2, 0, 18 - middle[0] * 18 / half], [0, 36 / half / 2, 18 - middle[1] * 18 / half]])
    return np.asarray(cv2.warpAffine(faces.images[number], matrix, (36, 36), borderMode=cv2.BORDER_REFLECT))


def _records(folder: Path, faces: Dataset) -> None:
    import pickle

    from eigen2arc.core.image import encode
    from eigen2arc.datasets.containers.recordio_writer import Sample, write_recordio

    crops = [encode(np.ascontiguousarray(faces.images[EACH * i + n][:32, :32])) for i in range(4) for n in range(3)]
    samples = [Sample(crop, number // 3, f"{number}.png") for number, crop in enumerate(crops)]
    write_recordio(folder, samples, people=[f"P{i}" for i in range(4)], size_px=32)
    alike, other = [crops[0], crops[1], crops[3], crops[4]], [crops[0], crops[3], crops[6], crops[9]]
    (folder / "lfw.bin").write_bytes(pickle.dumps((alike + other, [True, True, False, False])))


def weights(folder: Path) -> None:
    """Others' weights, drawn at random."""
    import torch
    import torchvision

    torch.manual_seed(1)
    backbone = build("backbone", "iresnet", layers=18, size_px=32, embedding_size=16)
    torch.save(backbone.state_dict(), folder / "backbone.pth")
    torch.save(torchvision.models.resnet50().state_dict(), folder / "resnet50-11ad3fa6.pth")
