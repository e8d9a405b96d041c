"""The probe on drawn people: d' against a slow loop, and what is chosen of it."""

import re

import numpy as np
import pytest

from eigen2arc.core import build
from eigen2arc.deep.encode.feeding.drawn_people import drawn_people
from eigen2arc.deep.encode.feeding.probe import CLEARLY, SEPARATES, choose, probe_crops, separation
from eigen2arc.deep.encode.feeding.ways import WAYS


def test_d_prime_is_that_of_the_pairs_one_by_one(rng: np.random.Generator) -> None:
    _, person = drawn_people()
    vectors = rng.normal(size=(len(person), 5)) + rng.normal(size=(person.max() + 1, 5))[person]
    scores: dict[bool, list[float]] = {True: [], False: []}
    for i in range(len(person)):
        for j in range(i):
            a, b = vectors[i], vectors[j]
            scores[person[i] == person[j]].append(float(a @ b / np.sqrt((a @ a) * (b @ b))))
    genuine, impostor = (np.array(scores[same]) for same in (True, False))
    expected = (genuine.mean() - impostor.mean()) / np.sqrt((genuine.std() ** 2 + impostor.std() ** 2) / 2)
    assert separation(vectors.astype(np.float32)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 1.0])
def test_vectors_that_tell_nobody_apart_have_no_separation(value: float) -> None:
    assert separation(np.full((len(drawn_people()[1]), 3), value, np.float32)) == 0


def test_crops_come_in_the_networks_size() -> None:
    whole, half, double = (probe_crops(size_px).astype(float) for size_px in (112, 56, 224))
    assert half.shape == (len(whole), 56, 56, 3) and double.shape == (len(whole), 224, 224, 3)
    np.testing.assert_allclose(half[:, 10, 20], whole[:, 20:22, 40:42].mean(axis=(1, 2)), atol=0.51)


@pytest.mark.parametrize(
    ("usual", "raw", "chosen", "words"),
    [
        (3.97, 1.46, "insightface", "which is clear: d' on drawn people is 4.0 so, 1.5 with pixels 0..255"),
        (0.65, 3.97, "raw", "which is clear: d' on drawn people is 4.0 so, 0.7 with .pixel - 127.5. / 127.5"),
        (1.9, 0.5, "insightface", "a guess, .* open: d' on drawn people is 1.9 so, 0.5 with pixels 0..255"),
        (2.5, 3.0, "insightface", "a guess"),
        (0.5, 1.9, "insightface", "a guess"),
    ],
)
def test_pixels_as_they_are_are_chosen_where_that_is_clear(usual: float, raw: float, chosen: str, words: str) -> None:
    choice = choose(lambda feeding: {WAYS["insightface"]: usual, WAYS["raw"]: raw}[feeding])
    assert choice.feeding == WAYS[chosen] and choice.separation == (raw if chosen == "raw" else usual)
    assert re.search(words, choice.found_by)


def test_a_network_that_knows_faces_tells_the_drawn_people_apart_and_bare_pixels_do_not() -> None:
    crops = probe_crops(112)
    known = separation(build("encoder", "embedding", device="cpu").encode(crops))
    bare = separation(crops.reshape(len(crops), -1) - 127.5)
    assert known > CLEARLY * SEPARATES and bare < SEPARATES
