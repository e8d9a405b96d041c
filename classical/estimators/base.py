"""The base of encoders, projections and identifiers: scikit-learn's conventions, "fit me first", and a file.

A constructor only stores the settings of ``build``, under their names, and what is learned ends in ``_`` and is not
there before ``fit``. So get_params, set_params and clone are scikit-learn's, and Pipeline and GridSearchCV work.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar, get_type_hints

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from eigen2arc.core import model_file
from eigen2arc.core.bounds import check_settings, hints
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.stages import TRAINED_WITH


class NotFitted(UserError, NotFittedError):
    """Something was asked of a model that has learned nothing yet; for scikit-learn its own NotFittedError."""


class Estimator(BaseEstimator):
    """The base of whatever has settings and may learn.

    A class declares what its fit sets: attributes that end in ``_``, each a dataclass of arrays with SHAPES and
    tensors(); those arrays are what a file holds. One that learns anything else has SHAPES, tensors and restore of its
    own.
    """

    #: What to do where check_fitted finds nothing.
    FIT_FIRST: ClassVar[str] = "call fit"

    @property
    def learns_from(self) -> str:
        """What fit makes use of, one of core.stages.TRAINED_WITH: who is in the images, unless a class says less."""
        return "identities"

    @classmethod
    def learned(cls) -> dict[str, Any]:
        """Return the attributes that fit sets, and their types."""
        return {name: kind for name, kind in get_type_hints(cls).items() if name.endswith("_")}

    @property
    def SHAPES(self) -> dict[str, str]:
        """The tensors as a file has them: one pattern each, see core.checks.check_shape."""
        return {key: pattern for kind in self.learned().values() for key, pattern in kind.SHAPES.items()}

    @property
    def plugin(self) -> str:
        """The plug-in's name, which is its file's."""
        return type(self).__module__.rpartition(".")[2]

    def check_fitted(self) -> None:
        """Raise NotFitted, a UserError that says what to do, before fit."""
        if not all(hasattr(self, name) for name in self.learned()):
            raise NotFitted(f"{self.plugin} has to be fitted first: {self.FIT_FIRST}")

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what was learned, by the names of SHAPES. Raises UserError before fit."""
        self.check_fitted()
        return {key: array for name in self.learned() for key, array in getattr(self, name).tensors().items()}

    def restore(self, tensors: dict[str, np.ndarray]) -> Self:
        """Restore the fitted state that tensors() returned; returns self."""
        for name, kind in self.learned().items():
            setattr(self, name, kind(**{key: tensors[key] for key in kind.SHAPES}))
        return self


class ImageEncoder(TransformerMixin, Estimator, ABC):
    """The base of encoders of crops: in a Pipeline, ``transform`` encodes."""

    FIT_FIRST = "call fit, or give a file with the setting model=FILE"

    #: Whether what was learned was read from a file.
    from_file: bool = False

    @property
    def trained_with(self) -> str:
        """What it was trained with elsewhere: nothing, unless it was read from a file."""
        return self.learns_from if self.from_file else "nothing"

    @abstractmethod
    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, D) float32. Raises UserError before fit."""

    def transform(self, crops: np.ndarray) -> np.ndarray:
        """Encode crops, as encode does."""
        return self.encode(crops)

    def save(self, path: Path | str) -> None:
        """Write the fitted encoder; ``build(model=path)`` reads it. Raises UserError before fit."""
        model_file.save(path, self.plugin, self.get_params(deep=False), self.tensors())

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.requires_fit = bool(self.learned())
        return tags


class FixedEncoder(ImageEncoder):
    """The base of encoders that have nothing to learn."""

    @property
    def learns_from(self) -> str:
        """Nothing."""
        return "nothing"

    def fit(self, crops: np.ndarray, labels: np.ndarray | None = None) -> Self:
        """Return self."""
        return self


class VectorProjection(TransformerMixin, Estimator, ABC):
    """The base of projections of vectors."""

    @abstractmethod
    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to (N, K) float32. Raises UserError before fit."""

    def training_vectors(self, vectors: np.ndarray) -> np.ndarray:
        """Check what fit is given, (N, D) of real and finite numbers, and note D. Raises ValueError, TypeError."""
        checked: np.ndarray = validate_data(self, vectors)
        return checked

    def new_vectors(self, vectors: np.ndarray) -> np.ndarray:
        """Check what transform is given: (N, D) with the D of fit. A row of NaN, an unreadable face, may be among them.

        Raises UserError before fit, ValueError and TypeError for other arrays.
        """
        self.check_fitted()
        checked: np.ndarray = validate_data(
            self, vectors, reset=False, ensure_all_finite=False, ensure_min_samples=0, ensure_min_features=0
        )
        return checked

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = bool(self.learned())
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


class FixedProjection(VectorProjection):
    """The base of projections that have nothing to learn."""

    @property
    def learns_from(self) -> str:
        """Nothing."""
        return "nothing"

    def fit(self, vectors: np.ndarray, labels: np.ndarray | None = None) -> Self:
        """Return self; only the length of the vectors (N, D) is noted."""
        self.training_vectors(vectors)
        return self


Encoder = TypeVar("Encoder", bound=ImageEncoder)


def or_fitted(made: type[Encoder]) -> Callable[..., Encoder]:
    """Make the ``build`` of an encoder that learns: it takes what the class takes, or the file of a fitted one.

    Its setting ``model`` is a file written by ``classical train``, which brings its own settings.
    """

    def build(*, model: Path | str | None = None, **settings: Any) -> Encoder:
        return made(**settings) if model is None else load(model, made)

    signature, added = inspect.signature(made), inspect.Parameter("model", inspect.Parameter.KEYWORD_ONLY, default=None)
    build.__signature__ = signature.replace(parameters=[*signature.parameters.values(), added])  # type: ignore[attr-defined]
    build.__annotations__ = hints(made) | {"model": Path | str | None}
    return build


def load(path: Path | str, build: Callable[..., Encoder]) -> Encoder:
    """Read a fitted encoder that save() wrote, as ``build``, its plug-in's, makes it from the file's settings.

    Raises UserError for a file that is missing, of another plug-in, or has other tensors or settings than it should.
    """
    name = build.__module__.rpartition(".")[2]
    settings, tensors = model_file.read(path, name)
    check_settings(settings, build, str(path))
    with parsing(path, f"its settings are not those of {name}"):
        encoder = build(**settings)
        shapes = encoder.SHAPES
    model_file.check_tensors(path, tensors, shapes)
    encoder.from_file = True
    with parsing(path, f"is no model of {name} that can be used"):
        return encoder.restore(tensors)


def most_telling(words: Iterable[str]) -> str:
    """Choose the last in order of core.stages.TRAINED_WITH: what a whole was trained with, of its parts' words."""
    return max(words, key=TRAINED_WITH.index, default="nothing")
