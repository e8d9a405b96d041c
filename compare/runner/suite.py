"""A suite says which systems are compared on which data. It is a TOML file: data, not code."""

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_args

from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError, did_you_mean
from eigen2arc.core.files import expand_home
from eigen2arc.core.pipeline import POLICY, Choose, OnMissing, Policy
from eigen2arc.core.settings import parse_settings, parse_toml, set_setting
from eigen2arc.core.stages import TRAINED_WITH
from eigen2arc.datasets.download.files import read_lines

from .alternatives import DEFAULT, NONE, Alternatives
from .stress_settings import StressSettings, add_stress

#: What a published result may be, and the tasks that give ours, the first one that the suite has.
METRICS = {"accuracy": ("verification",), "rank1": ("identification",), "error": ("identification", "verification")}

KEYS = ("figure", "value", "source", "differs")


@dataclass(frozen=True)
class Published:
    """A result that was published for a system. value : a share, 0..1. source : where it was published.

    metric : a key of METRICS. differs : why ours may be another one; printed with the two.
    """

    metric: str
    value: float
    source: str
    differs: str

    def compare(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """Compare the published result with ours, for metrics.json: both, and ours less published, all shares.

        metrics : a system's metrics by task, as metrics.json has them; one of the published metric's tasks is among
        them.
        """
        task = next(task for task in METRICS[self.metric] if task in metrics)
        right = metrics[task]["accuracy"]["mean"] if task == "verification" else metrics[task]["rank1"]
        ours = 1 - right if self.metric == "error" else right
        return {
            "figure": self.metric,
            "published": self.value,
            "ours": ours,
            "difference": ours - self.value,
            "source": self.source,
            "differs": self.differs,
        }


def _published(table: Any, where: str) -> Published:
    """The key ``published`` of a system in a suite file. Raises UserError, beginning with ``where``.

    By hand, as the rest of a suite: a model that is imported only here would be as long.
    """
    if not isinstance(table, dict) or set(table) != set(KEYS):
        raise UserError(f"{where}: expected a table with {', '.join(KEYS)}, got {table!r}")
    if not isinstance(table["figure"], str) or table["figure"] not in METRICS:
        raise UserError(f"{where}: figure = {table['figure']!r}: expected one of {', '.join(METRICS)}")
    value = table["value"]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise UserError(f"{where}: value = {value!r}: expected a share from 0 to 1")
    texts = [table[key] for key in ("source", "differs")]
    if not all(isinstance(text, str) and text for text in texts):
        raise UserError(f"{where}: source and differs are to be words")
    return Published(table["figure"], float(value), *texts)


TASKS = ("verification", "identification", "detection", "factors")
STAGES = ("detector", "aligner", "encoder", "matcher", "identifier")

#: What a system may learn from in the folds that it is not tested on: who the people are; only which pairs show one
#: person; or only the images.
LABELS = ("identities", "pairs", "none")


@dataclass(frozen=True)
class System:
    """The stages under one name. A system of a suite that only detects has a detector alone.

    id : a short name without spaces, for --set and for scripts; made of the name where a suite gives none.
    preprocessing : steps between align and encode, in their order. identifier : names the person in place of the
        matcher where there is a gallery.
    labels : one of LABELS. outside_data : what its parts were trained on besides the suite's own data, in words, or
        "none"; printed with its metrics, "" as not stated.
    trained_with : what the encoder was trained with elsewhere, one of core.stages.TRAINED_WITH, where it does not say
        so itself, as a file from somebody else; "" as not stated.
    needs : what the system is left out without, and the report says so: files, folders, and Python packages as
        "package: dlib".
    """

    name: str
    id: str
    detector: Component
    aligner: Component | None = None
    encoder: Component | None = None
    matcher: Component | None = None
    identifier: Component | None = None
    preprocessing: tuple[Component, ...] = ()
    labels: str = "identities"
    published: Published | None = None
    outside_data: str = ""
    trained_with: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suite:
    """What a suite file says. ``fit`` is the data that encoders learn from; without it they learn within the task.

    policy : the keys on_missing and choose of the file. ablate : what stands in place of stages, where that is asked
    for. stress : what the pairs of [verification] are put under.
    """

    name: str
    title: str
    description: str
    systems: tuple[System, ...]
    tasks: dict[str, Component]
    fit: Component | None = None
    policy: Policy = POLICY
    ablate: Alternatives = NONE
    stress: StressSettings | None = None


def names() -> list[str]:
    """List the suites that come with the package; "paper/..." are the tables of papers."""
    return sorted(_suites(files("eigen2arc.compare.suites")), key=lambda name: (name.count("/"), name))


def _suites(folder: Traversable) -> list[str]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += [f"{entry.name}/{name}" for name in _suites(entry)]
        elif _is_toml(entry.name):
            found.append(entry.name.removesuffix(".toml"))
    return found


def load(name: str, overrides: Sequence[str] = (), paths: dict[str, str] | None = None, *, stress: str = "") -> Suite:
    """Read a suite by its name, or by the path of a TOML file.

    overrides : "KEY=VALUE" with a dotted key into the file and a TOML value (a bare word is a string), for example
        "verification.people=20" or "systems.lbp.encoder.radius_px=3"; a system is meant by its id, name or
        index.
    paths : what replaces "{data_root}" and "{weights}" in a string.
    stress : stresses to put the pairs under, "blur,jpeg" or "all", in place of those of the file.

    Raises UserError for an unknown suite or key, or a value of the wrong kind.
    """
    path = Path(name)
    own_name = name if name in names() else path.stem
    if name in names():
        text = (files("eigen2arc.compare.suites") / f"{name}.toml").read_text("utf-8")
    elif _is_toml(name) and path.is_file():
        text = "\n".join(read_lines(path))
    else:
        meant = did_you_mean(name, names())
        raise UserError(f"no suite is called {name!r}: {meant}there are {', '.join(names())}, or give a .toml file")
    document = parse_toml(text, f"suite {name}")
    _give_ids(document)
    document.setdefault("ablate", copy.deepcopy(DEFAULT))
    if stress:
        add_stress(document, stress)
    for key, value in parse_settings(overrides).items():
        set_setting(document, key, value, f"suite {name}")
    document = expand_home(_fill(document, paths or {}))
    return _suite(own_name, document)


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _give_ids(document: dict[str, Any]) -> None:
    """Give each system without an id one, made of its name: "LBP histograms (2006)" is lbp-histograms-2006.

    Where that is another's, or nothing of the name is left, the system's number is added.
    """
    systems = document.get("systems")
    tables = [table for table in systems if isinstance(table, dict)] if isinstance(systems, list) else []
    taken = {table["id"] for table in tables if isinstance(table.get("id"), str)}
    for number, table in enumerate(tables):
        if "id" not in table:
            short = "-".join(re.findall(r"[a-z0-9]+", str(table.get("name", "")).lower())) or "system"
            table["id"] = f"{short}-{number}" if short in taken or short == "system" else short
            taken.add(table["id"])


def _fill(value: Any, paths: dict[str, str]) -> Any:
    """Put the paths into every string."""
    if isinstance(value, str):
        for key, path in paths.items():
            value = value.replace("{" + key + "}", path)
        return value
    if isinstance(value, list):
        return [_fill(item, paths) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, paths) for key, item in value.items()}
    return value


def _only(table: dict[str, Any], allowed: Sequence[str], where: str) -> None:
    for key in table:
        if key not in allowed:
            raise UserError(f"{where}: unknown key {key!r}: it may hold {', '.join(allowed)}")


def _suite(name: str, document: dict[str, Any]) -> Suite:
    where = f"suite {name}"
    allowed = ("title", "description", "on_missing", "choose", "fit", "ablate", "stress", "systems", *TASKS)
    _only(document, allowed, where)
    systems = document.get("systems", [])
    if not systems or not isinstance(systems, list):
        raise UserError(f"{where}: needs at least one [[systems]]")
    parsed = tuple(_system(table, f"{where}, system {number}") for number, table in enumerate(systems))
    for called in ("name", "id"):
        names = [getattr(system, called) for system in parsed]
        repeated = [name for i, name in enumerate(names) if name in names[:i]]
        if repeated:
            raise UserError(f"{where}: two systems have the {called} {repeated[0]!r}")
    tasks = {task: _dataset(document, task, where) for task in TASKS if task in document}
    if not tasks:
        raise UserError(f"{where}: needs one of {', '.join(f'[{task}]' for task in TASKS)}")
    for system in parsed:
        _check_tasks(system, tasks, f"{where}, system {system.name!r}")
    fit = _dataset(document, "fit", where) if "fit" in document else None
    ablate = Alternatives.parse(document["ablate"], [system.id for system in parsed], f"{where}, ablate")
    stress = StressSettings.parse(document["stress"], f"{where}, stress") if "stress" in document else None
    if stress is not None and "verification" not in tasks:
        raise UserError(f"{where}: stress is put on the pairs of [verification], which it has not")
    words = {"on_missing": get_args(OnMissing), "choose": get_args(Choose)}
    policy = Policy(**{key: _word(document, key, words[key], where) for key in words})
    title, description = _text(document, "title", name, where), _text(document, "description", "", where)
    return Suite(name, title, description, parsed, tasks, fit, policy, ablate, stress)


def _text(table: dict[str, Any], key: str, default: str, where: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise UserError(f"{where}: {key} = {value!r:.60}: expected text")
    return value


def _texts(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    """The value of a key that is text, or a list of texts; () where the key is missing."""
    value = table.get(key, [])
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise UserError(f"{where}: {key} = {value!r:.60}: expected text, or a list of texts")
    return tuple(texts)


def _word(table: dict[str, Any], key: str, words: Sequence[str], where: str) -> Any:
    """The value of a key that is one of some words, the first of them where the key is missing."""
    word = table.get(key, words[0])
    if word not in words:
        near = did_you_mean(str(word), words)
        raise UserError(f"{where}: {key} = {word!r}: {near}expected one of {', '.join(words)}")
    return word


def _dataset(document: dict[str, Any], task: str, where: str) -> Component:
    return Component.parse("dataset", document[task], f"{where}, {task}", "dataset")


def _check_tasks(system: System, tasks: dict[str, Component], where: str) -> None:
    """Refuse a system that lacks what the suite's tasks need, or has what none of them uses."""
    if (system.aligner is None or system.encoder is None) and set(tasks) != {"detection"}:
        raise UserError(f"{where}: needs an aligner and an encoder for {', '.join(tasks)}")
    if system.identifier is not None and "identification" not in tasks:
        raise UserError(f"{where}: an identifier names people of a gallery, and the suite has no [identification]")
    if system.identifier is not None and system.labels != "identities":
        raise UserError(f"{where}: an identifier learns who is who, which labels = {system.labels!r} does not allow")
    if system.published is not None and not set(METRICS[system.published.metric]) & set(tasks):
        wanted = " or ".join(f"[{task}]" for task in METRICS[system.published.metric])
        raise UserError(f"{where}: to be compared with a published {system.published.metric} it needs {wanted}")


def _system(table: dict[str, Any], where: str) -> System:
    others = ("preprocessing", "labels", "published", "outside_data", "trained_with", "needs")
    if not isinstance(table, dict):
        raise UserError(f"{where}: expected a table, got {table!r}")
    _only(table, ("name", "id", *STAGES, *others), where)
    if not isinstance(table.get("name"), str) or "detector" not in table:
        raise UserError(f"{where}: needs a name and a detector")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", str(table["id"])):
        raise UserError(f"{where}: id = {table['id']!r}: expected letters, digits, - and _, so that --set can name it")
    stages = {stage: Component.parse(stage, table[stage], f"{where}, {stage}") for stage in STAGES if stage in table}
    steps = table.get("preprocessing", [])
    if not isinstance(steps, list):
        raise UserError(f"{where}, preprocessing: expected a list of steps, got {steps!r}")
    return System(
        table["name"],
        str(table["id"]),
        **stages,
        preprocessing=tuple(Component.parse("preprocessing", step, f"{where}, preprocessing") for step in steps),
        labels=_word(table, "labels", LABELS, where),
        published=_published(table["published"], f"{where}, published") if "published" in table else None,
        outside_data=_text(table, "outside_data", "", where),
        trained_with=_word(table, "trained_with", TRAINED_WITH, where) if "trained_with" in table else "",
        needs=_texts(table, "needs", where),
    )
