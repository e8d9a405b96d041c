"""HOG of a window: in which directions brightness changes, cell by cell (Dalal and Triggs 2005)."""

from typing import Annotated

from eigen2arc.classical.descriptors.hog import HOG
from eigen2arc.core.bounds import Count, Ge, Le
from eigen2arc.core.errors import UserError


def build(
    *,
    size_px: Annotated[int, Ge(1), Le(256)] = 24,
    cell_px: Count = 4,
    block_cells: Count = 2,
    orientations: Annotated[int, Ge(1), Le(180)] = 9,
    interpolate: bool = True,
) -> HOG:
    """Build the HOG feature. size_px : side of the windows. cell_px : of the cells.

    block_cells : cells a side of a block. orientations : bins over half a turn. interpolate : False gives each pixel's
    vote to the one cell and bin in which it lies, as scikit-image does. Raises UserError where no block fits.
    """
    if block_cells * cell_px > size_px:
        raise UserError(f"hog: expected blocks of up to {size_px} px, got {block_cells} cells of {cell_px} px")
    return HOG(size_px, cell_px, block_cells, orientations, interpolate)
