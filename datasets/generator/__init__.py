"""A deterministic 3-D face generator: identities, nuisance factors, and a small rasteriser that draws them.

The idea of a face as a vector of shape and colour parameters is Blanz & Vetter's 3-D morphable model (SIGGRAPH 1999);
here the basis is written by hand instead of learned from scans, so that no person's likeness is in it.

Imports core.
"""
