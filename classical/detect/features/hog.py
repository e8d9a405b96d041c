"""HOG of a window: in which directions brightness changes, cell by cell (Dalal and Triggs 2005)."""

from eigen2arc.classical.descriptors.hog import HOG
from eigen2arc.core.errors import UserError


def build(
    *, size_px: int = 24, cell_px: int = 4, block_cells: int = 2, orientations: int = 9, interpolate: bool = True
) -> HOG:
    """Build the HOG feature. size_px : side of the windows. cell_px : of a cell. block_cells : cells a side of a block.

    orientations : bins over half a turn. interpolate : False gives each pixel's vote to the one cell and bin in which
    it lies, as scikit-image does. Raises UserError.
    """
    if cell_px < 1 or not 1 <= orientations <= 180 or not 1 <= block_cells <= size_px // max(cell_px, 1):
        raise UserError(
            f"hog: expected cells and blocks that fit into {size_px} px, and 1 to 180 orientations, "
            f"got cell_px={cell_px}, block_cells={block_cells}, orientations={orientations}"
        )
    return HOG(size_px, cell_px, block_cells, orientations, interpolate)
