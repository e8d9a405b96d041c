"""Identification: every probe against the gallery, in one round or in many; probes may be strangers to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from eigen2arc.core.artefacts import Arrays, digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.identification import Answers, answers
from eigen2arc.core.types import GALLERY, PROBE, Dataset

from .results import Crops, Encoded, Selection
from .stages import named_bases, timed
from .subset import gallery_rounds
from .system_runner import SystemRunner

#: Rounds in one artefact: leaving one out of some hundred images is not to leave some hundred files.
ROUNDS = 8


@dataclass(frozen=True)
class Round:
    """The result of a round. answers : to its P probes; probes : (P,) their images.

    nearest : (P,) of each probe the image of the gallery that is most like it among those of whom it is named as; of an
    identifier, which compares with people and not with images, that person's first. gallery : images enrolled. people :
    how many there are to choose from.
    """

    answers: Answers
    probes: np.ndarray
    nearest: np.ndarray
    gallery: int
    people: int

    @property
    def mated(self) -> np.ndarray:
        """(P,) bool, the probes whose person is in the gallery; the others are strangers."""
        return np.asarray(self.answers.rank > 0)


def identify(runner: SystemRunner, dataset: Dataset) -> tuple[list[Round], Crops]:
    """Identify the probes of each round of gallery_rounds(); those of people who are not in its gallery are strangers.

    An encoder that learns is fitted on the suite's fit data; without such data on each round's gallery. An identifier
    is fitted on the gallery's vectors; without one the matcher compares each probe with each image of the gallery.
    """
    splits = gallery_rounds(dataset)
    if dataset.labels is None or splits is None:
        raise UserError(f"{dataset.name} has no gallery: choose another set for [identification]")
    if runner.identifier is None and runner.matcher.learns:
        raise UserError(
            f"{runner.system.name}: the matcher {runner.matcher.name} learns from pairs, and a gallery has "
            "none: choose another matcher, or an identifier"
        )
    if not any(np.isin(dataset.labels[one == PROBE], dataset.labels[one == GALLERY]).any() for one in splits):
        raise UserError(f"{dataset.name}: none of the probes' people has an image in the gallery")
    crops, training = runner.crops(dataset), runner.fit_set()
    assert runner.encoder is not None
    encoded = None
    if training is not None or not runner.encoder.learns:
        encoded = runner.encode(Selection(crops, np.arange(len(dataset.labels))), training)
    return list(_rounds(runner, dataset.labels, splits, crops, encoded)), crops


def closed_set(rounds: Sequence[Round], labels: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the ranks of mated probes and who is on them, (M_r,) each, of every round that has some.

    labels : (N,) of the set's images.
    """
    mated = [one for one in rounds if one.mated.any()]
    return [one.answers.rank[one.mated] for one in mated], [labels[one.probes[one.mated]] for one in mated]


def first_gallery(runner: SystemRunner, dataset: Dataset) -> Selection | None:
    """Return what an encoder learns from before the first round; None where there is no gallery."""
    splits = gallery_rounds(dataset)
    if dataset.labels is None or splits is None:
        return None
    return _training(runner, dataset.labels, np.flatnonzero(splits[0] == GALLERY), runner.crops(dataset))


def _training(runner: SystemRunner, labels: np.ndarray, gallery: np.ndarray, crops: Crops) -> Selection:
    """What an encoder is fitted on that learns from the images (G,) of a gallery."""
    known = labels[gallery] if runner.system.labels == "identities" else np.arange(len(gallery))
    shown = ~crops.skipped[gallery]
    return Selection(crops, gallery[shown], known[shown])


def _rounds(
    runner: SystemRunner, labels: np.ndarray, splits: np.ndarray, crops: Crops, encoded: Encoded | None
) -> Iterator[Round]:
    """Yield each round's result; ``encoded`` holds all vectors where the encoder is not fitted on the galleries."""
    encoder, scorer = runner.encoder, runner.identifier or runner.matcher
    assert encoder is not None

    def make(chunk: range) -> Arrays:
        made = [_round(runner, labels, splits[i], crops, encoded, kept=i == 0) for i in chunk]
        return {key: np.concatenate([one[key] for one in made]) for key in made[0]}

    source = encoded.name if encoded else digest(crops.sha256, encoder.key, runner.system.labels)
    code = code_digest(answers.__module__)
    name = f"answers-{digest(source, scorer.kind, scorer.key, code, labels, splits, crops.skipped, 'nearest')}"
    stages, label = runner.stages, f"{runner.system.name}: rounds"
    pieces = list(stages.store.chunks(name, len(splits), make, stages.progress, label, ROUNDS))
    whole = {key: np.concatenate([piece[key] for piece in pieces]) for key in pieces[0]}
    for row, stage in enumerate(("fit", "encode", "match")):
        if whole["seconds"][:, row].any():
            runner.clock.add(stage, name, float(whole["seconds"][:, row].sum()), int(whole["counts"][:, row].sum()))
    runner.count_bases(named_bases(whole), len(labels))
    start = 0
    for split in splits:
        probes, gallery = np.flatnonzero(split == PROBE), np.flatnonzero(split == GALLERY)
        found = Answers(**{field.name: whole[field.name][start : start + len(probes)] for field in fields(Answers)})
        nearest = whole["nearest"][start : start + len(probes)]
        yield Round(found, probes, nearest, len(gallery), len(np.unique(labels[gallery])))
        start += len(probes)


def _round(
    runner: SystemRunner, labels: np.ndarray, split: np.ndarray, crops: Crops, encoded: Encoded | None, kept: bool
) -> Arrays:
    """The Answers of one round, by their names, and the nearest image of each; seconds and counts (1, 3) of fit, encode
    and match; the encoder's bases, none where it is not fitted here.

    kept : whether what the encoder learns is wanted again, see keep.py.
    """
    assert runner.encoder is not None
    gallery, probes = np.flatnonzero(split == GALLERY), np.flatnonzero(split == PROBE)
    seconds, counts = np.zeros((1, 3)), np.zeros((1, 3), np.int64)
    bases = {"bases": np.array([], np.str_), "base_seconds": np.array([])}
    if encoded is None:
        both = Selection(crops, np.flatnonzero((split == GALLERY) | (split == PROBE)))
        training = _training(runner, labels, gallery, crops)
        fitted, seconds[0, 0] = runner.stages.fit(training, runner.encoder)
        if kept:
            runner.stages.store_fitted(fitted, seconds[0, 0], training, runner.encoder)
        made = runner.stages.encode_fitted(fitted, training, both, runner.encoder)
        encoded, seconds[0, 1] = Encoded(made["vectors"], both.indices, "", 0.0), made["seconds"]
        counts[0, :2] = len(training.indices), 0 if len(made["bases"]) else len(encoded.vectors)
        bases = {key: made[key] for key in ("bases", "base_seconds")}
    enrolled, looked_up = encoded.of(gallery), encoded.of(probes)
    if runner.identifier is not None:
        fresh = runner.identifier.fresh()
        identifier, fit_seconds = timed(lambda: fresh.fit(enrolled, labels[gallery]))
        seconds[0, 0] += fit_seconds
        similarity, seconds[0, 2] = timed(lambda: identifier.score(looked_up))
        candidates = np.unique(labels[gallery])
    else:
        similarity, seconds[0, 2] = timed(lambda: runner.matcher.built.score(looked_up, enrolled))
        candidates = labels[gallery]
        similarity[:, crops.skipped[gallery]] = similarity.min()
    similarity[crops.skipped[probes]] = similarity.min()  # a probe that is skipped comes last: ties count against it
    found = answers(similarity, labels[probes], candidates)
    counts[0, 2] = similarity.size
    by_image = None if runner.identifier is not None else similarity
    nearest = gallery[_nearest(found.named, labels[gallery], by_image)]
    return {**vars(found), "nearest": nearest, "seconds": seconds, "counts": counts} | bases


#: Probes whose scores are looked through at a time.
BLOCK = 256


def _nearest(named: np.ndarray, people: np.ndarray, similarity: np.ndarray | None) -> np.ndarray:
    """(P,) rows of a gallery of ``people`` (G,): of whom each probe is named as the most similar image, see Round.

    similarity : (P, G), None where images are not compared.
    """
    if similarity is None:
        first = np.unique(people, return_index=True)
        return np.asarray(first[1][np.searchsorted(first[0], named)])
    rows = np.zeros(len(named), np.int64)
    for start in range(0, len(named), BLOCK):
        block = slice(start, start + BLOCK)
        own = people[None] == named[block, None]
        rows[block] = np.where(own, similarity[block], -np.inf).argmax(axis=1)
    return rows
