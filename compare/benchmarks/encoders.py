"""Every encoder at 112 x 112, images per second on one thread, and what other libraries have for the same work.

Times are of the processor, so that other programs on the machine do not change them. Encoders that learn are fitted on
the same synthetic crops first; a row says so where fitting is what is timed. Those that cannot be built without a file
or a download are named and left out.
"""

import time
from functools import partial
from typing import Any

import numpy as np

from eigen2arc.compare.peers.races.race import Race
from eigen2arc.core import plugins
from eigen2arc.core.bounds import NonNegative
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Encoder, FittedEncoder

from ._measure import Row, one_thread, raise_failures, row, seconds_of

SIZE_PX = 112
PEOPLE, IMAGES_EACH = 16, 8

DOWNLOADS = ("facenet",)

#: Encoders that are made of others: an example of each, and what it is called in its row.
MADE_OF_OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "fusion": ("fusion of HOG and Gabor jets", {"members": ["hog_grid", "gabor_jets"]}),
    "projected": (
        "projected: LBP histograms, square root, whitened PCA",
        {"base": "lbp_histogram", "projections": ["square_root", "whitened_pca"]},
    ),
    "symmetric": ("symmetric LBP histograms", {"base": "lbp_histogram"}),
}


def build(*, seconds: NonNegative = 60.0) -> list[Row]:
    """Time every encoder, ours and the peer in turns.

    seconds : about how long to measure in all, each at least once. A row without a peer has None there. Its ratio,
    where there is one, says how many times faster ours is.
    """
    crops, labels = _faces()
    rows = []
    with one_thread():
        names = [name for name, plugin in plugins.plugins("encoder").items() if plugin.track != "peer"]
        for plugin in names:
            name, settings = MADE_OF_OTHERS.get(plugin, (plugin, {}))
            encoder = _built(plugin, settings)
            if isinstance(encoder, str):
                rows.append(row(f"{name}: left out, {encoder}", "", None))
                continue
            if isinstance(encoder, FittedEncoder):
                encoder.fit(crops, labels)
            races = [Race(name, len(crops), encoder.encode)]
            if name in plugins.plugins("peer"):
                races = plugins.build("peer", name)(encoder, crops, labels)
            rows += [_timed(race, crops, seconds / len(names) / len(races)) for race in races]
    return rows


def _faces() -> tuple[np.ndarray, np.ndarray]:
    people = plugins.build("dataset", "synthetic", people=PEOPLE, images_per_person=IMAGES_EACH)
    assert people.faces is not None and people.labels is not None
    aligner = plugins.build("aligner", "five_point", size_px=SIZE_PX)
    crops = [aligner.align(people.images[i], faces) for i, faces in enumerate(people.faces)]
    return np.concatenate(crops), people.labels


def _built(name: str, settings: dict[str, Any]) -> Encoder | str:
    """The encoder, on the CPU; or the reason why there is none."""
    if name in DOWNLOADS:
        return "its weights are a download"
    on_cpu = {"device": "cpu"} if "device" in plugins.find("encoder", name).settings else {}
    try:
        return plugins.build("encoder", name, **settings, **on_cpu)
    except UserError as error:
        return str(error)


def _timed(race: Race, crops: np.ndarray, seconds: float) -> Row:
    some = crops[: race.images]
    runs = {"ours": partial(race.ours, some)} | ({"peer": partial(race.peer, some)} if race.peer else {})
    times, errors = seconds_of(runs, "cpu", seconds, time.process_time)
    raise_failures(errors.values())
    rates = {name: len(some) / time_s for name, time_s in times.items()}
    return row(race.what, "images/s", rates["ours"], rates.get("peer"), race.peer_name)
