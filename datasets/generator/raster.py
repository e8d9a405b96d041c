"""The z-buffer: which triangle is seen at every pixel, and where in it (Pineda 1988, edge functions)."""

import math

import numpy as np
from numba import njit

CUTOUT = np.float32(0.5)  # texels with less alpha than this are holes: hair between its strands


@njit(cache=True, nogil=True, inline="always")
def _covers(value: float, edge_x: float, edge_y: float) -> bool:
    """Inside an edge; a pixel exactly on it belongs to one of its two triangles, by the edge's direction."""
    return value > 0.0 or (value == 0.0 and (edge_y > 0.0 or (edge_y == 0.0 and edge_x < 0.0)))


@njit(cache=True, nogil=True)
def rasterise(
    points: np.ndarray,
    triangles: np.ndarray,
    uv: np.ndarray,
    layer: np.ndarray,
    closed: np.ndarray,
    textures: np.ndarray,
    depth: np.ndarray,
    index: np.ndarray,
    weight: np.ndarray,
) -> None:
    """Draw triangles into a z-buffer, in place.

    Parameters
    ----------
    points : (V,3) float64
        x, y in pixels (the middle of the first pixel is 0.5, 0.5) and 1 / distance, larger is nearer; that reciprocal
        is linear on the screen, distance is not.
    triangles : (T,3) int32
        Of either orientation.
    uv : (V,2) float32
    layer : (T,) int32
        The texture whose alpha cuts holes into a triangle, or -1.
    closed : (T,) bool
        Triangles that are skipped when they face away: half of the work on a solid.
    textures : (L,R,C,4) float32
        Alpha is the last channel.
    depth : (H,W) float32, index : (H,W) int32, weight : (H,W,2) float32
        Output: nearest 1 / distance (start with 0), its triangle (start with -1), and the perspective-correct
        barycentric weights of the triangle's first two corners.
    """
    height, width = depth.shape
    rows, columns = textures.shape[1], textures.shape[2]
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or (area < 0.0 and closed[t]):
            continue
        if area < 0.0:
            b, c, bx, by, cx, cy, area = c, b, cx, cy, bx, by, -area
        scale = 1.0 / area
        first_x, last_x = max(0, math.ceil(min(ax, bx, cx) - 0.5)), min(width - 1, math.floor(max(ax, bx, cx) - 0.5))
        first_y, last_y = max(0, math.ceil(min(ay, by, cy) - 0.5)), min(height - 1, math.floor(max(ay, by, cy) - 0.5))
        for y in range(first_y, last_y + 1):
            for x in range(first_x, last_x + 1):
                px, py = x + 0.5, y + 0.5
                ea = (cx - bx) * (py - by) - (cy - by) * (px - bx)
                eb = (ax - cx) * (py - cy) - (ay - cy) * (px - cx)
                ec = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
                if not (
                    _covers(ea, cx - bx, cy - by) and _covers(eb, ax - cx, ay - cy) and _covers(ec, bx - ax, by - ay)
                ):
                    continue
                wa, wb, wc = ea * scale * points[a, 2], eb * scale * points[b, 2], ec * scale * points[c, 2]
                near = wa + wb + wc
                if near <= depth[y, x]:
                    continue
                wa, wb, wc = wa / near, wb / near, wc / near
                if layer[t] >= 0:
                    u = wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0]
                    v = wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1]
                    column, row = min(columns - 1, int(u * columns)), min(rows - 1, int(v * rows))
                    if textures[layer[t], row, column, 3] < CUTOUT:
                        continue
                depth[y, x], index[y, x], weight[y, x, 0] = near, t, wa
                # The corners may have been swapped above: the second weight belongs to the caller's second corner.
                weight[y, x, 1] = wb if b == triangles[t, 1] else wc
