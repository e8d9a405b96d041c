"""A fitted system in one file: its stages, what its encoder learned, the people it knows, and its threshold.

A file of core.model_file under the name NAME: tensors, and settings as JSON; nothing in it can run. Its tensors:
"vectors" (G, D) float32, those of the images that are enrolled; "person" (G,) int32, whose they are, an index into the
setting ``people``; "pattern" (D,) float32, see below; and "encoder.*", what the encoder learned, if it did.

An identifier is fitted again on the vectors, which gives the same one. Weights that the encoder has from elsewhere are
not in the file: those that its settings name have to be the same by their SHA-256; and whatever they are, the encoder
has to give the same vector of a drawn pattern, so that no vectors of another encoder are ever compared with these.

No image is in the file, but names and faces' vectors are: it is to be kept as safe as the images.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from eigen2arc.core import model_file
from eigen2arc.core.bounds import Count, Natural, Share
from eigen2arc.core.checks import check_finite
from eigen2arc.core.component import Component, prefixed, without_prefix
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.settings import settings_of_file
from eigen2arc.core.stages import Encoder, Preprocessing
from eigen2arc.recognize.reading.encoder_identity import check_files, pattern_vector, same_encoder

NAME = "system"

#: Stages that a system has, or may have; of the last two it has one.
STAGES = ("detector", "aligner", "encoder", "matcher", "identifier")

#: Of the crops of a system: the file may be another's, and is not to ask for the whole memory.
LARGEST_PX = 1024


@dataclass(frozen=True)
class Threshold:
    """From which score on somebody is named, and where it comes from.

    fpir : the share of strangers who may be taken for somebody. taken, strangers : images of strangers, and how many of
    them were taken for somebody; people : how many strangers there were. low, high : the 95 % interval of their share.
    calibrated_on : the data, in words.
    """

    value: float
    fpir: Share
    taken: Natural
    strangers: Count
    people: Count
    low: Share
    high: Share
    calibrated_on: str


@dataclass(frozen=True)
class About:
    """What a file says of its system; numbers of images and people are checked against its tensors.

    stages : by STAGES a table of a name and settings. preprocessing : such tables. learned : what the encoder learned
    from, in words; enrolled : whose images are enrolled, in words. people : their names. without_face : enrolled images
    in which no face was found. files : SHA-256 by path of those that the settings name. threshold : see Threshold; None
    where the system refuses nobody, and ``no_threshold`` says why.
    """

    id: str
    title: str
    version: str
    stages: Mapping[str, Any]
    preprocessing: list[Mapping[str, Any]]
    learned: str
    enrolled: str
    people: list[str]
    without_face: Natural
    files: Mapping[str, Any]
    threshold: Mapping[str, Any] | None
    no_threshold: str
    format: Literal[1] = 1


@dataclass(frozen=True)
class System:
    """A fitted system.

    about : what is said of it. threshold : None where it refuses nobody. vectors : (G, D) float32; person : (G,) int64,
    whose they are. encoder : fitted. parts : all other stages by their kind, "preprocessing" a list.
    """

    about: About
    threshold: Threshold | None
    vectors: np.ndarray
    person: np.ndarray
    encoder: Encoder
    components: Mapping[str, Component] = field(default_factory=dict)
    steps: tuple[Preprocessing, ...] = ()


def save(
    path: Path | str,
    about: Mapping[str, Any],
    vectors: np.ndarray,
    person: np.ndarray,
    pattern_vector: np.ndarray,
    learned: Mapping[str, np.ndarray],
) -> None:
    """Write a system to a file, atomically; the same system gives the same bytes.

    about : the fields of About. vectors, person, learned, pattern_vector : what stands in the file's tensors.
    """
    tensors = {
        "vectors": vectors.astype(np.float32),
        "person": person.astype(np.int32),
        "pattern": pattern_vector.astype(np.float32),
        **prefixed(learned, "encoder."),
    }
    model_file.save(path, NAME, asdict(About(**about)), tensors)


def load(path: Path | str, device: str | None = None) -> System:
    """Read a system. device : where its networks run.

    Raises UserError, a line that names the file, for one that is missing, damaged, another's or of another version, and
    for an encoder that is not the one whose vectors are in it.
    """
    settings, tensors = model_file.read(path, NAME)
    about = settings_of_file(About, settings, path)
    threshold = None if about.threshold is None else settings_of_file(Threshold, about.threshold, path)
    components = _components(about, path, device)
    steps = [Component.parse("preprocessing", dict(step), f"{path}: preprocessing") for step in about.preprocessing]
    check_files(about.files, path, "start where the comparison was started")
    learned = without_prefix(tensors, "encoder.")
    own = {key: array for key, array in tensors.items() if not key.startswith("encoder.")}
    model_file.check_tensors(path, own, {"vectors": "G D", "person": "G", "pattern": "D"}, ("person",))
    person = own["person"].astype(np.int64)
    known = len(about.people)
    if not known or not np.array_equal(np.unique(person), np.arange(known)):
        raise UserError(f"{path}: its people and their images do not go together")
    encoder = _encoder(components["encoder"], learned, path)
    built = [step.built for step in steps]
    with parsing(path, "its stages do not go together"):
        size_px = components["aligner"].built.size_px
        if size_px > LARGEST_PX:
            raise ValueError(f"crops of {size_px} pixels are larger than the allowed {LARGEST_PX}")
        vector = pattern_vector(encoder, built, size_px)
    if not same_encoder(own["pattern"], vector):
        raise UserError(
            f"{path}: the encoder {components['encoder'].name} is another one than when the people were enrolled: it "
            "gives other vectors. Run the comparison again, or take the weights and the version that it was made with"
        )
    return System(about, threshold, own["vectors"], person, encoder, components, tuple(built))


def _components(about: About, path: Path | str, device: str | None) -> dict[str, Component]:
    """The stages, checked by name and settings, not yet built."""
    scorers = [kind for kind in ("matcher", "identifier") if kind in about.stages]
    missing = [kind for kind in STAGES[:3] if kind not in about.stages]
    if missing or len(scorers) != 1 or set(about.stages) - set(STAGES):
        raise UserError(f"{path}: its stages are {', '.join(map(str, about.stages))}, which is no whole system")
    given = {kind: Component.parse(kind, table, f"{path}: {kind}") for kind, table in about.stages.items()}
    return {kind: component.with_defaults(device=device) for kind, component in given.items()}


def _encoder(component: Component, learned: dict[str, np.ndarray], path: Path | str) -> Encoder:
    """The encoder, with what it learned."""
    if bool(learned) != component.learns:
        said = "has learned nothing, and should" if component.learns else "learns nothing, and tensors are given"
        raise UserError(f"{path}: the encoder {component.name} {said}")
    encoder: Any = component.fresh()
    if learned:
        if hasattr(encoder, "SHAPES"):
            model_file.check_tensors(path, learned, encoder.SHAPES)
        with parsing(path, f"holds nothing that {component.name} can have learned"):
            for name, array in learned.items():
                check_finite(array, name)
            encoder.restore(learned)
    made: Encoder = encoder
    return made
