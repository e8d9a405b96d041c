"""Opening a store by where it is: a folder, made where there is none, or the address of a server."""

from pathlib import Path

from .store import Index, Metric, VectorStore


def open_store(where: Path | str, dimensions: int, metric: Metric, index: Index = "auto") -> VectorStore:
    """Open the store in a folder, or at "milvus://HOST:PORT/COLLECTION"; one that is not there is an empty one.

    dimensions : of its vectors. index : see Index. Raises UserError for a store of other vectors, for one that is
    damaged, and where no server answers.
    """
    if is_address(where):
        from .milvus_store import MilvusStore

        return MilvusStore(str(where), dimensions, metric, index)
    from .local_store import LocalStore

    return LocalStore(Path(where), dimensions, metric, index)


def is_address(where: Path | str) -> bool:
    """Tell whether this is the address of a server, and no folder."""
    return isinstance(where, str) and where.startswith(("milvus:", "milvus+tls:"))
