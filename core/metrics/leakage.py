"""Leakage: whether a test set is new, or what was trained on under another name."""

import numpy as np

#: Two crops of one face, or one crop moved by part of a pixel, correlate by more than this; two people do not.
ALIKE = 0.95

#: Windows that are compared at a time.
BLOCK = 1024


def leakage(test: np.ndarray, training: np.ndarray) -> float:
    """Compute the share, 0..1, of windows ``test`` that correlate by more than ALIKE with one of ``training``.

    test : (N, S, S) uint8, N > 0; training : likewise. Correlated are the pixels, so a twin in other light counts, a
    shifted one by more than a pixel does not.
    """
    a, b = _normalised(test), _normalised(training)
    alike = [(a[start : start + BLOCK] @ b.T).max(axis=1, initial=-1) > ALIKE for start in range(0, len(a), BLOCK)]
    return float(np.concatenate(alike).mean())


def _normalised(windows: np.ndarray) -> np.ndarray:
    """Normalize windows to (N, S * S) float32 rows of mean 0 and length 1; a flat window becomes 0."""
    rows = windows.reshape(len(windows), windows.shape[1] * windows.shape[2]).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))
