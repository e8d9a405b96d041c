"""A store in a folder of this machine: immutable segments of vectors, and a manifest that says which of them hold.

    store.json        the manifest: dimensions, metric, segments, metadata
    NAME.vectors      float32, (rows, D), little-endian, as they were added
    NAME.ids          int64, (rows,)
    NAME.alive        uint8, (rows,), 0 for what was removed; only where something was
    NAME.lead, ...    what is derived from the vectors, for searching: see DERIVED

Whoever writes makes new files first and then puts a new manifest in the place of the old one, which is the one moment
at which anything changes: a process that is killed leaves the state before it or after it. What no manifest names is
left over, and goes with the next write. A new segment takes in those before it that are no larger, so that there are
never many and none is written often. Files are mapped into memory: opening takes no longer for many vectors.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write, read_json, write_json
from eigen2arc.core.outputs import output_folder

from . import byte_codes, inverted_file
from .byte_codes import Codes
from .exact_scores import Best
from .inverted_file import InvertedFile
from .store import LEAST_IN_LISTS, Index, Metric, checked_ids, checked_vectors, unit

MANIFEST = "store.json"

#: Fewer vectors have no lists, though they are asked for.
LEAST_WHEN_ASKED = 1_000

#: Rows that are worked on at a time.
BLOCK = 8192

#: Vectors that axes are found on.
AXES_SAMPLED = 50_000

#: What files hold by the ending of their names: the type of a number, and the shape. N are rows, D dimensions, A the
#: numbers of a lead and B of the rest; L lists, with one end more, and C the numbers they are made by.
DERIVED = {"axes": ("<f4", "D D"), "lead": ("u1", "N A"), "rest": ("u1", "N B"), "bounds": ("<f4", "6 N")}
LISTED = {
    **{"centroids": ("<f4", "L C"), "starts": ("<i8", "E"), "rows": ("<i4", "N")},
    **{"codes": ("u1", "N C"), "weights": ("<f4", "2 N")},
}
FORMS = {"vectors": ("<f4", "N D"), "ids": ("<i8", "N"), **DERIVED, **LISTED}

MENDING = "take the store from a backup, or enrol the people again"
REBUILDING = "the vectors are still there: rebuild the index"


@dataclass(frozen=True)
class Segment:
    """What the manifest says of a segment.

    name : what the names of its files begin with. rows : vectors, with those that were removed. lead, coded, lists : A,
    A + B and L, 0 where nothing is derived, or listed. size : see Codes. sha256 : of each file, by the ending of its
    name. alive : the name of the file that says what was removed, "" where nothing was, and its sha256.
    """

    name: str
    rows: int
    lead: int
    coded: int
    lists: int
    size: float
    sha256: dict[str, str]
    alive: str = ""
    alive_sha256: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a folder holds."""

    dimensions: int
    metric: Metric
    segments: list[Segment] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    format: Literal[1] = 1


class _Opened:
    """The files of a segment, mapped into memory. Raises UserError for one that is missing or of another length."""

    def __init__(self, folder: Path, segment: Segment, dimensions: int) -> None:
        self.folder, self.segment, self.dimensions = folder, segment, dimensions
        self.sizes = {"N": segment.rows, "D": dimensions, "A": segment.lead}
        self.sizes |= {"B": segment.coded - segment.lead, "C": min(inverted_file.NUMBERS, segment.coded)}
        self.sizes |= {"L": segment.lists, "E": segment.lists + 1}
        self.vectors, self.ids = self.map("vectors"), self.map("ids")
        if segment.alive:
            self.alive = _mapped(folder / f"{segment.alive}.alive", "u1", (segment.rows,), MENDING)
        else:
            self.alive = _read_only(np.ones(segment.rows, np.uint8))

    def map(self, ending: str) -> np.ndarray:
        """Map a file that the segment has."""
        kind, form = FORMS[ending]
        shape = tuple(int(letter) if letter.isdigit() else self.sizes[letter] for letter in form.split())
        derived = ending in DERIVED | LISTED
        path, advice = self.folder / f"{self.segment.name}.{ending}", REBUILDING if derived else MENDING
        array = _mapped(path, kind, shape, advice)
        if derived and kind == "<f4" and not np.isfinite(array).all():
            raise UserError(f"{path}: is damaged: it holds what is no number; {advice}")
        return array

    def codes(self, cosine: bool) -> Codes:
        """The vectors in bytes: those that were written, or for few vectors made now."""
        if self.segment.lead:
            return Codes(size=self.segment.size, **{ending: self.map(ending) for ending in DERIVED})
        size = self.segment.size
        if not np.isfinite(self.vectors).all():
            path = self.folder / f"{self.segment.name}.vectors"
            raise UserError(f"{path}: is damaged: it holds what is no number; {MENDING}")
        scaled = byte_codes.turn(unit(self.vectors) if cosine else self.vectors / size, np.empty((0, 0), np.float32))
        lead, bounds = byte_codes.encode(scaled, self.dimensions, self.dimensions, cosine)
        axes, rest = np.empty((0, 0), np.float32), np.empty((len(lead), 0), np.uint8)
        return Codes(_read_only(axes), size, _read_only(lead), _read_only(rest), _read_only(bounds))

    def lists(self) -> InvertedFile | None:
        """The lists, checked: numbers in them are places in other files."""
        if not self.segment.lists:
            return None
        made = InvertedFile(**{ending: self.map(ending) for ending in LISTED})
        rows, starts = self.segment.rows, made.starts
        whole = starts[0] == 0 and starts[-1] == rows and (np.diff(starts) >= 0).all()
        if not whole or made.rows.min() < 0 or made.rows.max() >= rows:
            path = self.folder / f"{self.segment.name}.rows"
            raise UserError(f"{path}: is damaged: its lists are not those of {rows} vectors; {REBUILDING}")
        return made


class LocalStore:
    """A VectorStore in a folder. It shows what was there when it was opened, or when it last wrote.

    index : "exact" never searches lists, "ivf" has them from LEAST_WHEN_ASKED vectors on, "auto" from LEAST_IN_LISTS.
    Raises UserError for a folder of vectors of other dimensions, or another metric, and for damaged files.
    """

    def __init__(self, folder: Path, dimensions: int, metric: Metric, index: Index = "auto") -> None:
        self.folder, self.dimensions, self.metric, self.index = folder, dimensions, metric, index
        self._open()

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def has_lists(self) -> bool:
        """Whether a search may miss the best, as some segment has lists."""
        return self.index != "exact" and any(one.lists for one in self._manifest.segments)

    def ids(self) -> np.ndarray:
        return self._ids.copy()

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        ids = checked_ids(ids)
        self._change(ids, ids, checked_vectors(vectors, self.dimensions, len(ids)))

    def remove(self, ids: np.ndarray) -> None:
        none = np.empty(0, np.int64), np.empty((0, self.dimensions), np.float32)
        self._change(checked_ids(ids), *none)

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Return the vectors of ids, see VectorStore."""
        ids = checked_ids(ids)
        places = np.searchsorted(self._ids, ids)
        known = places < len(self._ids)
        known[known] = self._ids[places[known]] == ids[known]
        if not known.all():
            raise KeyError(int(ids[~known][0]))
        out = np.empty((len(ids), self.dimensions), np.float32)
        for number, segment in enumerate(self._segments):
            here = self._owners[places] == number
            out[here] = segment.vectors[self._rows[places[here]]]
        return out

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Find the k most alike, see VectorStore. In lists the best may be missed; scores are always the true ones."""
        if k < 1:
            raise ValueError(f"k: expected at least 1, got {k}")
        vectors = checked_vectors(vectors, self.dimensions)
        cosine = self.metric == "cosine"
        best = Best.none_yet(unit(vectors) if cosine else vectors, k, cosine)
        there = vectors.any(axis=1) if cosine else np.ones(len(vectors), bool)
        asked = best if there.all() else Best.none_yet(best.probes[there], k, cosine)
        for segment, codes, lists in self._searched:
            arrays = segment.vectors, segment.ids, segment.alive
            if lists is None or self.index == "exact":
                byte_codes.search(codes, *arrays, asked)
            else:
                inverted_file.search(lists, codes, *arrays, asked)
        best.scores[there], best.ids[there] = asked.scores, asked.ids
        return best.scores, best.ids

    def metadata(self) -> dict[str, Any]:
        return self._manifest.metadata

    def set_metadata(self, metadata: dict[str, Any]) -> None:
        with self._writing():
            self._commit(replace(self._manifest, metadata=metadata))

    def check(self) -> None:
        """Read all files and compare them with what was written, see VectorStore."""
        for segment in self._manifest.segments:
            wanted = {f"{segment.name}.{ending}": sha256 for ending, sha256 in segment.sha256.items()}
            if segment.alive:
                wanted[f"{segment.alive}.alive"] = segment.alive_sha256
            for name, sha256 in wanted.items():
                path = self.folder / name
                if not path.is_file() or file_digest(path) != sha256:
                    advice = REBUILDING if path.suffix[1:] in DERIVED | LISTED else MENDING
                    raise UserError(f"{path}: is damaged: it is not what was written; {advice}")
        self._searched  # noqa: B018 (what is derived is read, and checked)

    def rebuild(self) -> None:
        """Write all vectors into one segment, and derive anew what they are searched with."""
        with self._writing():
            none = np.empty(0, np.int64), np.empty((0, self.dimensions), np.float32)
            self._rewrite(self._segments, [one.alive for one in self._segments], none, [])

    def close(self) -> None:
        self._manifest = Manifest(self.dimensions, self.metric)
        self._show()

    # Reading

    def _open(self) -> None:
        """Read the manifest and map its segments; again where a writer has put others in their place meanwhile."""
        for again in (True, True, True, False):
            self._manifest = self._read_manifest()
            try:
                self._show()
                return
            except UserError:
                if not again or self._read_manifest() == self._manifest:
                    raise

    def _read_manifest(self) -> Manifest:
        path = self.folder / MANIFEST
        if not path.exists():
            return Manifest(self.dimensions, self.metric)
        manifest = read_json(path, Manifest, MENDING)
        if (manifest.dimensions, manifest.metric) != (self.dimensions, self.metric):
            raise UserError(
                f"{self.folder}: holds vectors of {manifest.dimensions} numbers, compared by {manifest.metric}, "
                f"not of {self.dimensions} by {self.metric}: name another folder"
            )
        for one in manifest.segments:
            files = {"vectors", "ids", *(DERIVED if one.lead else ()), *(LISTED if one.lists else ())}
            names = re.fullmatch("[0-9a-f]{16}", one.name) and re.fullmatch("([0-9a-f]{16})?", one.alive)
            counts = 0 < one.rows < 2**31 and 0 <= one.lists <= one.rows
            counts &= 0 <= one.lead <= one.coded <= self.dimensions and bool(one.lead) == bool(one.coded)
            if not names or not counts or not 0 < one.size < np.inf or set(one.sha256) != files:
                raise UserError(f"{path}: says of the segment {one.name!r:.40} what cannot be; {MENDING}")
            if one.lists and not one.lead:
                raise UserError(f"{path}: the segment {one.name!r:.40} has lists of nothing; {MENDING}")
        return manifest

    def _show(self) -> None:
        """Map the segments of the manifest, and find out where each id is."""
        self._segments = [_Opened(self.folder, one, self.dimensions) for one in self._manifest.segments]
        rows = [np.flatnonzero(one.alive) for one in self._segments]
        ids = np.concatenate(
            [np.empty(0, np.int64), *(one.ids[r] for one, r in zip(self._segments, rows, strict=True))]
        )
        owners = np.repeat(np.arange(len(rows), dtype=np.int32), [len(one) for one in rows])
        order = np.argsort(ids)
        self._ids, self._owners = ids[order], owners[order]
        self._rows = np.concatenate([np.empty(0, np.int64), *rows])[order]
        if len(ids) and (self._ids[0] < 0 or (self._ids[1:] == self._ids[:-1]).any()):
            raise UserError(f"{self.folder}: its ids are damaged: one stands there twice, or is below 0; {MENDING}")
        self.__dict__.pop("_searched", None)

    @cached_property
    def _searched(self) -> list[tuple[_Opened, Codes, InvertedFile | None]]:
        """Each segment with what it is searched with, from the first search on."""
        return [(one, one.codes(self.metric == "cosine"), one.lists()) for one in self._segments]

    # Writing

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the folder, and see what other processes have written."""
        with output_folder(self.folder):
            self._open()
            yield

    def _change(self, gone: np.ndarray, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Remove what is there of ``gone`` and add vectors under ids, in one step."""
        with self._writing():
            alive = [one.alive & ~np.isin(one.ids, gone) if len(gone) else one.alive for one in self._segments]
            left = [int(np.count_nonzero(one)) for one in alive]
            if not len(ids) and sum(left) == len(self):
                return
            total, taken = len(ids), []
            for number in sorted(range(len(left)), key=left.__getitem__):
                if left[number] <= total or 2 * left[number] < self._segments[number].segment.rows:
                    taken.append(number)
                    total += left[number]
            stay = []
            for number, one in enumerate(self._segments):
                if number not in taken:
                    changed = left[number] < np.count_nonzero(one.alive)
                    stay.append(self._without(one.segment, alive[number]) if changed else one.segment)
            self._rewrite([self._segments[i] for i in taken], [alive[i] for i in taken], (ids, vectors), stay)

    def _without(self, segment: Segment, alive: np.ndarray) -> Segment:
        name = secrets.token_hex(8)
        digests: dict[str, str] = {}
        with self._file(name, "alive", digests) as write:
            write(alive.astype(np.uint8))
        return replace(segment, alive=name, alive_sha256=digests["alive"])

    def _rewrite(
        self,
        segments: list[_Opened],
        alive: list[np.ndarray],
        added: tuple[np.ndarray, np.ndarray],
        stay: list[Segment],
    ) -> None:
        """Commit a segment of what is alive in some and of what is added, and those that stay."""

        def parts() -> Iterator[tuple[np.ndarray, np.ndarray]]:
            for one, living in zip(segments, alive, strict=True):
                for start in range(0, len(living), BLOCK):
                    rows = start + np.flatnonzero(living[start : start + BLOCK])
                    yield one.ids[rows], one.vectors[rows]
            for start in range(0, len(added[0]), BLOCK):
                yield added[0][start : start + BLOCK], added[1][start : start + BLOCK]

        made = self._write_segment(parts())
        written = [*stay, *([made] if made else [])]
        self._commit(replace(self._manifest, segments=sorted(written, key=lambda one: -one.rows)))

    def _write_segment(self, parts: Iterator[tuple[np.ndarray, np.ndarray]]) -> Segment | None:
        name, digests, rows, longest = secrets.token_hex(8), dict[str, str](), 0, 0.0
        with ExitStack() as files:
            write_vectors = files.enter_context(self._file(name, "vectors", digests))
            write_ids = files.enter_context(self._file(name, "ids", digests))
            for ids, vectors in parts:
                write_vectors(vectors.astype("<f4"))
                write_ids(ids.astype("<i8"))
                rows += len(ids)
                lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
                longest = max(longest, float(lengths.max(initial=0)))
        if not rows:
            return None
        size = longest if self.metric == "euclidean" and longest else 1.0
        segment = Segment(name, rows, 0, 0, 0, size, digests)
        if rows >= byte_codes.LEAST_TURNED:
            segment = self._derive(segment)
        if rows >= {"auto": LEAST_IN_LISTS, "ivf": LEAST_WHEN_ASKED, "exact": 2**31}[self.index]:
            segment = self._list(segment if segment.lead else self._derive(segment))
        return segment

    def _derive(self, segment: Segment) -> Segment:
        """Write a segment's vectors in bytes."""
        vectors = _Opened(self.folder, segment, self.dimensions).vectors
        cosine, digests = self.metric == "cosine", dict(segment.sha256)

        def scaled(some: np.ndarray) -> np.ndarray:
            return unit(some) if cosine else some.astype(np.float64) / segment.size

        every = max(1, segment.rows // AXES_SAMPLED)
        axes, lead, coded = byte_codes.find_axes(scaled(vectors[::every]))
        bounds = np.empty((6, segment.rows), "<f4")
        with ExitStack() as files:
            write_lead, write_rest = (
                files.enter_context(self._file(segment.name, ending, digests)) for ending in ("lead", "rest")
            )
            for start in range(0, segment.rows, BLOCK):
                turned = byte_codes.turn(scaled(vectors[start : start + BLOCK]), axes)
                codes, bounds[:, start : start + BLOCK] = byte_codes.encode(turned, lead, coded, cosine)
                write_lead(codes[:, :lead])
                write_rest(codes[:, lead:])
        for ending, array in (("axes", axes.astype("<f4")), ("bounds", bounds)):
            with self._file(segment.name, ending, digests) as write:
                write(array)
        return replace(segment, lead=lead, coded=coded, sha256=digests)

    def _list(self, segment: Segment) -> Segment:
        """Write the lists of a segment; the same vectors give the same lists."""
        codes = _Opened(self.folder, segment, self.dimensions).codes(self.metric == "cosine")
        rows, numbers, digests = segment.rows, min(inverted_file.NUMBERS, segment.coded), dict(segment.sha256)

        def bytes_of(some: np.ndarray | slice) -> np.ndarray:
            lead = codes.lead[some, :numbers]
            return np.hstack([lead, codes.rest[some, : numbers - lead.shape[1]]]) if lead.shape[1] < numbers else lead

        def numbers_of(some: np.ndarray | slice) -> np.ndarray:
            return (bytes_of(some).astype(np.float32) - byte_codes.ZERO) * codes.bounds[0, some, None]

        rng = np.random.default_rng(0)
        count = min(rows // 4, round(inverted_file.LISTS * rows**0.5))
        sampled = np.sort(rng.choice(rows, min(rows, inverted_file.SAMPLED * count), replace=False))
        spherical = self.metric == "cosine"
        centroids = inverted_file.find_centroids(numbers_of(sampled), count, rng, spherical=spherical)
        blocks = [slice(start, start + BLOCK) for start in range(0, rows, BLOCK)]
        nearest = np.concatenate([inverted_file.find_nearest(numbers_of(block), centroids) for block in blocks])
        order = np.argsort(nearest, kind="stable")
        with self._file(segment.name, "codes", digests) as write:
            for block in blocks:
                write(bytes_of(order[block]))
        for ending, array in (
            *(("centroids", centroids.astype("<f4")), ("rows", order.astype("<i4"))),
            ("starts", np.searchsorted(nearest[order], np.arange(count + 1)).astype("<i8")),
            ("weights", codes.bounds[[0, 5]][:, order].astype("<f4")),
        ):
            with self._file(segment.name, ending, digests) as write:
                write(array)
        return replace(segment, lists=count, sha256=digests)

    @contextmanager
    def _file(self, name: str, ending: str, digests: dict[str, str]) -> Iterator[Callable[[np.ndarray], None]]:
        """Write arrays one after the other into a new file, and note its SHA-256."""
        sha256 = hashlib.sha256()
        with atomic_write(self.folder / f"{name}.{ending}") as file:

            def write(array: np.ndarray) -> None:
                data = np.ascontiguousarray(array).data.cast("B") if array.size else b""
                sha256.update(data)
                file.write(data)

            yield write
        digests[ending] = sha256.hexdigest()

    def _commit(self, manifest: Manifest) -> None:
        write_json(self.folder / MANIFEST, asdict(manifest))
        named = {f"{one.name}.{ending}" for one in manifest.segments for ending in one.sha256}
        named |= {f"{one.alive}.alive" for one in manifest.segments}
        for path in self.folder.iterdir():
            if re.fullmatch(r"[0-9a-f]{16}\.[a-z]+", path.name) and path.name not in named:
                with suppress(OSError):
                    path.unlink()
        self._open()


def _read_only(array: np.ndarray) -> np.ndarray:
    """As mapped files are, for which functions are compiled."""
    array.flags.writeable = False
    return array


def _mapped(path: Path, kind: str, shape: tuple[int, ...], advice: str) -> np.ndarray:
    """Map a file of numbers. Raises UserError for one that is missing, or has another length."""
    wanted = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
    try:
        if path.stat().st_size != wanted:
            raise UserError(f"{path}: is damaged: {path.stat().st_size:,} bytes instead of {wanted:,}; {advice}")
        return np.asarray(np.memmap(path, kind, "r", shape=shape)) if wanted else _read_only(np.empty(shape, kind))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); {advice}") from None
