"""The MegaFace challenge: is a person's other image more alike than up to a million strangers?

Kemelmacher-Shlizerman, Seitz, Miller, Brossard, "The MegaFace Benchmark: 1 Million Faces for Recognition at Scale"
(CVPR 2016), section 4: of a person with M images each is enrolled in turn beside all distractors, and each of the
other M - 1 is looked up: M (M - 1) trials. Verification: pairs of one person, and all of a probe and a distractor.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .identification import RANKS_KEPT
from .verification import ERRORS_NEEDED

#: The share of impostor pairs that may be accepted.
FAR = "1e-6"


def trials(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List all trials: every ordered pair of two of the images (P,) that have one label.

    Returns probe (T,) and mate (T,) int64.
    """
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    pairs = [(a, b) for rows in groups for a in rows for b in rows if a != b]
    probe, mate = np.array(pairs, np.int64).reshape(-1, 2).T
    return probe, mate


def distractor_counts(distractors: int) -> list[int]:
    """List for how many distractors metrics are given: 10, 100, ... as far as there are so many, and all of them."""
    return [*(10**power for power in range(1, 7) if 10**power < distractors), distractors]


def tally(scores: Iterable[np.ndarray], probes: int, counts: Sequence[int], highest: int) -> tuple[np.ndarray, ...]:
    """Collect what the metrics need in one pass over the distractors.

    Their scores (probes, n) come in pieces, and none is kept.
    Returns best (C, probes, RANKS_KEPT), each probe's highest scores against the first ``counts[c]`` distractors,
    -inf where there are fewer, and top (highest,), the highest scores of all, in no order. counts are ascending.
    """
    running = np.full((probes, RANKS_KEPT), -np.inf, np.float32)
    top = np.full(highest, -np.inf, np.float32)
    best, seen = [], 0
    for piece in scores:
        cuts = [count - seen for count in counts if seen < count <= seen + piece.shape[1]]
        for part in np.split(piece, cuts, axis=1):
            both = np.concatenate([running, part], axis=1)
            running = np.partition(both, -RANKS_KEPT, axis=1)[:, -RANKS_KEPT:]
            seen += part.shape[1]
            if part.shape[1] and seen in counts:
                best.append(running)
        above = piece[piece > top.min()]
        top = np.partition(np.concatenate([top, above]), -highest)[-highest:]
    return np.stack(best), top


def allowed_impostors(pairs: int) -> int:
    """Compute how many of so many pairs of two people may be accepted."""
    return int(round(float(FAR) * pairs, 6))


def ranks(own: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Rank the own person in each trial: (T,) int64, 1 = first, RANKS_KEPT + 1 for all ranks behind the ones kept.

    own : (T,) the score of the enrolled image; best : (T, RANKS_KEPT) of distractors. A tie counts against us.
    """
    return np.asarray(1 + np.count_nonzero(best >= own[:, None], axis=1))


def tar(genuine: np.ndarray, top: np.ndarray, impostors: int) -> float | None:
    """Compute the share of genuine pairs accepted where at most FAR of the impostor pairs are.

    genuine : (G,) scores of pairs of one person. top : the allowed_impostors() + 1 highest of ``impostors`` scores.
    None where the impostor pairs are too few for that, see verification.ERRORS_NEEDED.
    """
    if impostors < round(ERRORS_NEEDED / float(FAR)):
        return None
    return float(np.mean(genuine > top.min()))


def summary(
    own: np.ndarray,
    probe: np.ndarray,
    labels: np.ndarray,
    best: np.ndarray,
    top: np.ndarray,
    counts: Sequence[int],
    *,
    protocol: str,
    not_found: int,
) -> dict[str, Any]:
    """Summarize one system: all metrics, ready for JSON, with those of a closed gallery under the same names.

    own, probe : (T,) of trials(). labels : (P,) of the probes. best, top, counts : see tally().
    """
    by_count = [ranks(own, one[probe]) for one in best]
    last = by_count[-1]
    cmc = np.cumsum(np.bincount(last, minlength=RANKS_KEPT + 2)[1 : RANKS_KEPT + 1]) / len(last)
    verified = tar(own, top, len(labels) * counts[-1])
    return {
        "rank1": float(cmc[0]),
        "rounds": [float(cmc[0])],
        "cmc": cmc[: min(RANKS_KEPT, counts[-1] + 1)].tolist(),
        "rank1_by_distractors": {str(c): float(np.mean(rank == 1)) for c, rank in zip(counts, by_count, strict=True)},
        "tar_at_far": {FAR: "too few impostors" if verified is None else verified},
        "probes": len(own),
        "gallery": counts[-1] + 1,
        "people": len(np.unique(labels)),
        "not_found": not_found,
        "protocol": protocol,
    }
