"""The z-buffer: which triangle is seen at every pixel, and where in it (Pineda 1988, edge functions)."""

import math

import numpy as np
from numba import njit

CUTOUT = np.float32(0.5)  # texels with less alpha than this are holes: hair between its strands


@njit(cache=True, nogil=True, inline="always")
def _owns(edge_x: float, edge_y: float) -> bool:
    """Tell whether a pixel exactly on an edge belongs to this triangle or to its neighbour, by the edge's direction."""
    return edge_y > 0.0 or (edge_y == 0.0 and edge_x < 0.0)


@njit(cache=True, nogil=True)
def rasterize(
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

    points : (V,3) float64, x, y in pixels (the middle of the first pixel is 0.5, 0.5) and 1 / distance, larger is
    nearer; that reciprocal is linear on the screen, distance is not.
    triangles : (T,3) int32, of either orientation. uv : (V,2) float32.
    layer : (T,) int32, the texture whose alpha cuts holes into a triangle, or -1.
    closed : (T,) bool, triangles that are skipped when they face away: half of the work on a solid.
    textures : (L,R,C,4) float32, alpha is the last channel.
    depth : (H,W) float32, index : (H,W) int32, weight : (H,W,2) float32 are the output: nearest 1 / distance (start
    with 0), its triangle (start with -1), and the perspective-correct barycentric weights of the triangle's first two
    corners.
    """
    height, width = depth.shape
    rows, columns = textures.shape[1], textures.shape[2]
    for t in range(triangles.shape[0]):
        # Unsigned indices spare NumPy's test for "from the end", here once for every coordinate.
        a, b, c = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        first_x, last_x = max(0, math.ceil(min(ax, bx, cx) - 0.5)), min(width - 1, math.floor(max(ax, bx, cx) - 0.5))
        first_y, last_y = max(0, math.ceil(min(ay, by, cy) - 0.5)), min(height - 1, math.floor(max(ay, by, cy) - 0.5))
        if first_x > last_x or first_y > last_y:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or (area < 0.0 and closed[t]):
            continue
        swapped = area < 0.0
        if swapped:
            b, c, bx, by, cx, cy, area = c, b, cx, cy, bx, by, -area
        scale = 1.0 / area
        near_a, near_b, near_c = points[a, 2], points[b, 2], points[c, 2]
        owns_a, owns_b, owns_c = _owns(cx - bx, cy - by), _owns(ax - cx, ay - cy), _owns(bx - ax, by - ay)
        for y in range(first_y, last_y + 1):
            py = y + 0.5
            row_a, row_b, row_c = (cx - bx) * (py - by), (ax - cx) * (py - cy), (bx - ax) * (py - ay)
            for x in range(first_x, last_x + 1):
                px = x + 0.5
                ea = row_a - (cy - by) * (px - bx)
                eb = row_b - (ay - cy) * (px - cx)
                ec = row_c - (by - ay) * (px - ax)
                if ea < 0.0 or eb < 0.0 or ec < 0.0:
                    continue
                if (ea == 0.0 and not owns_a) or (eb == 0.0 and not owns_b) or (ec == 0.0 and not owns_c):
                    continue
                wa, wb, wc = ea * scale * near_a, eb * scale * near_b, ec * scale * near_c
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
                # The second weight belongs to the caller's second corner.
                depth[y, x], index[y, x], weight[y, x, 0] = near, t, wa
                weight[y, x, 1] = wc if swapped else wb
