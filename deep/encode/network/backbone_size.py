"""Which crops a backbone can take: a check that all of them share."""

from eigen2arc.core.errors import UserError


def check_size(size_px: int, least: int, multiple: int = 1) -> None:
    """Raise UserError unless crops of ``size_px`` pixels a side fill the network's last map, with nothing cut off."""
    if type(size_px) is not int or size_px < least or size_px % multiple:
        sides = f"a multiple of {multiple}" if multiple > 1 else f"{least} pixels at least"
        raise UserError(f"size_px: expected {sides}, got {size_px}")
