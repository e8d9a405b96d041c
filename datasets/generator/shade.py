"""Light: Lambert's cosine with a soft terminator, a sky term, Phong's highlight, and a shadow map (Williams 1978)."""

import math

import numpy as np
from numba import njit

SHADOW_BIAS_MM = 3.0  # a surface must lie this far behind the map to be in shadow: less gives stripes on curved skin


@njit(cache=True, nogil=True)
def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Compute unit normals (V,3), the area-weighted mean of the triangles around each vertex."""
    normals = np.zeros_like(vertices)
    for t in range(triangles.shape[0]):
        a, b, c = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for k in range(normals.shape[0]):
        length = math.sqrt(normals[k, 0] ** 2 + normals[k, 1] ** 2 + normals[k, 2] ** 2)
        if length > 0.0:
            normals[k] /= length
    return normals


@njit(cache=True, nogil=True, inline="always")
def _lit(shadow: np.ndarray, lx: float, ly: float, near: float, bias: float) -> float:
    """Compute the share of nine samples around (lx, ly) of the shadow map that see the light."""
    side = shadow.shape[0]
    limit = near + bias
    seen = 0
    for y in (int(ly - 1.3), int(ly), int(ly + 1.3)):
        for x in (int(lx - 1.3), int(lx), int(lx + 1.3)):
            outside = x < 0 or y < 0 or x >= side or y >= side
            if outside or shadow[np.uint32(y), np.uint32(x)] <= limit:
                seen += 1
    return seen / 9.0


@njit(cache=True, nogil=True, inline="always")
def _texel(texture: np.ndarray, i: np.uint32, j: np.uint32, fx: float, fy: float, channel: int) -> float:
    """Mix four texels bilinearly, fx and fy of the way from (i, j) to (i + 1, j + 1)."""
    top = (1.0 - fx) * texture[i, j, channel] + fx * texture[i, j + 1, channel]
    bottom = (1.0 - fx) * texture[i + 1, j, channel] + fx * texture[i + 1, j + 1, channel]
    mixed: float = (1.0 - fy) * top + fy * bottom
    return mixed


@njit(cache=True, nogil=True)
def shade(
    index: np.ndarray,
    weight: np.ndarray,
    triangles: np.ndarray,
    normals: np.ndarray,
    uv: np.ndarray,
    light_points: np.ndarray,
    material_of: np.ndarray,
    materials: np.ndarray,
    textures: np.ndarray,
    shadow: np.ndarray,
    light: np.ndarray,
    strength: float,
    ambient: float,
    out: np.ndarray,
) -> None:
    """Shade every pixel of a z-buffer, in place.

    index, weight, triangles, uv : as left by `raster.rasterize`.
    normals : (V,3), camera axes (x right, y down, z towards the camera).
    light_points : (V,3), vertices as seen from the lamp: pixels of the shadow map and closeness in mm.
    material_of : (T,) int32 into materials (M,7): red, green, blue, gloss, shininess, softness, layer.
    shadow : (S,S) float32, closeness to the lamp. light : (3,) unit vector towards the lamp.
    strength, ambient : how bright the lamp and the sky are.
    out : (H,W,4) float32, the output: linear RGB and coverage 0 or 1; pixels without a triangle stay untouched.
    """
    # The camera is far away: one view direction (0, 0, 1) serves all highlights.
    half = np.array([light[0], light[1], light[2] + 1.0])
    half /= math.sqrt((half * half).sum())
    rows, columns = textures.shape[1], textures.shape[2]
    for y in range(index.shape[0]):
        for x in range(index.shape[1]):
            t = index[y, x]
            if t < 0:
                continue
            a, b, c = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
            wa, wb = weight[y, x, 0], weight[y, x, 1]
            wc = np.float32(1.0) - wa - wb
            nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
            ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
            nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
            unit = math.copysign(1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12), nz)
            nx, ny, nz = nx * unit, ny * unit, nz * unit
            m = material_of[t]
            cosine = nx * light[0] + ny * light[1] + nz * light[2]
            soft = materials[m, 5]
            lit = 0.0
            if cosine > -soft:
                lx = wa * light_points[a, 0] + wb * light_points[b, 0] + wc * light_points[c, 0]
                ly = wa * light_points[a, 1] + wb * light_points[b, 1] + wc * light_points[c, 1]
                near = wa * light_points[a, 2] + wb * light_points[b, 2] + wc * light_points[c, 2]
                lit = _lit(shadow, lx, ly, near, SHADOW_BIAS_MM + 9.0 * (1.0 - max(cosine, 0.0)))
            sky = ambient * (0.72 - 0.28 * ny) * (0.55 + 0.45 * nz)
            highlight = 0.0
            if cosine > 0.0 and materials[m, 3] > 0.0:
                mirrored = max(0.0, nx * half[0] + ny * half[1] + nz * half[2])
                highlight = strength * materials[m, 3] * lit * mirrored ** int(materials[m, 4])
            layer = int(materials[m, 6])
            i, j, fx, fy = np.uint32(0), np.uint32(0), 0.0, 0.0
            if layer >= 0:
                u = wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0]
                v = wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1]
                texel_x = min(max(u * columns - 0.5, 0.0), columns - 1.001)
                texel_y = min(max(v * rows - 0.5, 0.0), rows - 1.001)
                i, j = np.uint32(texel_y), np.uint32(texel_x)
                fx, fy = texel_x - j, texel_y - i
            for k in range(3):
                # Red light travels farthest through skin, so the terminator is soft and warm.
                wrap = soft * (1.0 - 0.3 * k)
                diffuse = strength * lit * max(0.0, cosine + wrap) / (1.0 + wrap)
                albedo = materials[m, k]
                if layer >= 0:
                    albedo *= _texel(textures[layer], i, j, fx, fy, k)
                out[y, x, k] = albedo * (diffuse + sky) + highlight
            out[y, x, 3] = 1.0
