"""A store on a Milvus server, for galleries past one machine: the same promises, kept by the server.

    milvus://HOST:PORT/COLLECTION        a server; milvus+tls:// over TLS
    milvus:///FOLDER/FILE.db/COLLECTION  Milvus Lite, the same client on a file of this machine

A collection holds ids, vectors as they were added, and whether a vector is one of zeros. The JSON beside them lies in a
second one, COLLECTION_metadata, in rows of text. Of equal scores the lowest id comes first among those that the server
found; from LEAST_IN_LISTS vectors on its index is IVF_FLAT, which may miss the best, below that it compares all.
"""

import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from eigen2arc.core.errors import UserError, first_line
from eigen2arc.core.files import parse_json

from .inverted_file import LISTS, PROBED
from .store import LEAST_IN_LISTS, Index, Metric, checked_ids, checked_vectors

#: The environment variable that holds "USER:PASSWORD" or an API key, where the server asks for one.
TOKEN = "EIGEN2ARC_MILVUS_TOKEN"

#: Rows of one request: messages of some megabytes, of which a server takes at most 64.
ROWS = 4096
#: Answers that a server gives at most.
MOST = 16_384
#: Bytes of text in a row.
TEXT_BYTES = 60_000
#: Seconds after which a server that does not answer is given up.
TIMEOUT_S = 20.0

ADDRESS = "milvus://HOST:PORT/COLLECTION"


class MilvusStore:
    """A VectorStore on a Milvus server. Each ROWS vectors of an add are there whole or not at all.

    address : see above. index : "exact" compares all vectors, "ivf" has lists from the first on, "auto" from
    LEAST_IN_LISTS. Raises UserError where pymilvus is not installed, no server answers, or the collection holds other
    vectors.
    """

    def __init__(self, address: str, dimensions: int, metric: Metric, index: Index = "auto") -> None:
        self.address, self.dimensions, self.metric, self.index = address, dimensions, metric, index
        uri, self._name = parse_address(address)
        self._beside = f"{self._name}_metadata"
        self._client = _connect(address, uri)
        with self._asking():
            if self._client.has_collection(self._name):
                self._check_collection()
            else:
                self._create()
            for name in (self._name, self._beside):
                self._client.load_collection(name)

    def __len__(self) -> int:
        with self._asking():
            return int(self._client.query(self._name, filter="", output_fields=["count(*)"])[0]["count(*)"])

    def ids(self) -> np.ndarray:
        """Return all ids, see VectorStore."""
        with self._asking():
            rows = self._client.query_iterator(self._name, batch_size=ROWS, filter="id >= 0", output_fields=["id"])
            found: list[int] = []
            while batch := rows.next():
                found += [row["id"] for row in batch]
            rows.close()
        return np.sort(np.array(found, np.int64))

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors under ids, see VectorStore."""
        ids = checked_ids(ids)
        vectors = checked_vectors(vectors, self.dimensions, len(ids))
        zero = np.count_nonzero(vectors, axis=1) == 0
        with self._asking():
            for start in range(0, len(ids), ROWS):
                some = range(start, min(start + ROWS, len(ids)))
                rows = [{"id": int(ids[i]), "vector": vectors[i], "zero": bool(zero[i])} for i in some]
                self._client.upsert(self._name, rows)
        if self.index == "auto" and self._index_type() == "FLAT" and (count := len(self)) >= LEAST_IN_LISTS:
            with self._asking():
                self._client.release_collection(self._name)
                self._client.drop_index(self._name, "vector")
                self._client.create_index(self._name, self._index("IVF_FLAT", count))
                self._client.load_collection(self._name)

    def remove(self, ids: np.ndarray) -> None:
        ids = checked_ids(ids)
        with self._asking():
            for start in range(0, len(ids), ROWS):
                self._client.delete(self._name, ids=ids[start : start + ROWS].tolist())

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Return the vectors of ids, see VectorStore."""
        ids = checked_ids(ids)
        found: dict[int, Any] = {}
        with self._asking():
            for start in range(0, len(ids), ROWS):
                some = ids[start : start + ROWS].tolist()
                rows = self._client.get(self._name, ids=some, output_fields=["id", "vector"])
                found |= {row["id"]: row["vector"] for row in rows}
        for one in ids.tolist():
            if one not in found:
                raise KeyError(one)
        return np.array([found[one] for one in ids.tolist()], np.float32).reshape(-1, self.dimensions)

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Find the k most alike, see VectorStore. Raises UserError for more than MOST."""
        if k < 1:
            raise ValueError(f"k: expected at least 1, got {k}")
        if k > MOST:
            raise UserError(f"{self.address}: a server finds at most {MOST:,} vectors, not {k:,}: ask for fewer")
        vectors = checked_vectors(vectors, self.dimensions)
        scores, ids = np.full((len(vectors), k), -np.inf, np.float32), np.full((len(vectors), k), -1, np.int64)
        asked = np.flatnonzero(vectors.any(axis=1)) if self.metric == "cosine" else np.arange(len(vectors))
        only = {"filter": "zero == false"} if self.metric == "cosine" else {}
        each = max(1, MOST // k)
        with self._asking():
            for start in range(0, len(asked), each):
                some = asked[start : start + each]
                found = self._client.search(
                    self._name,
                    data=[vectors[i] for i in some],
                    limit=k,
                    output_fields=["id"],
                    search_params={"params": {"nprobe": PROBED}},
                    **only,
                )
                for i, hits in zip(some, found, strict=True):
                    best = sorted((self._from_best(hit["distance"]), hit["id"]) for hit in hits)
                    ids[i, : len(best)] = [key for _, key in best]
                    scores[i, : len(best)] = [-far for far, _ in best]
        return scores, ids

    def metadata(self) -> dict[str, Any]:
        """Return the JSON object beside the vectors, see VectorStore."""
        first, count = self._head()
        wanted = [*range(first, first + count)]
        with self._asking():
            texts = {row["id"]: row["text"] for row in self._client.get(self._beside, ids=wanted)} if wanted else {}
        if set(texts) != set(wanted):
            raise UserError(f"{self.address}: its collection {self._beside} is damaged: a part of its text is missing")
        made = parse_json("".join(texts[i] for i in wanted) or "{}", f"{self.address}: {self._beside}")
        if not isinstance(made, dict):
            raise UserError(f"{self.address}: its collection {self._beside} holds no JSON object")
        return made

    def set_metadata(self, metadata: dict[str, Any]) -> None:
        """Keep a JSON object beside the vectors, see VectorStore.

        New rows of text are written first; one row, which says where they begin, is what changes.
        """
        text = json.dumps(metadata, allow_nan=False)  # ASCII: a character is a byte
        pieces = [text[start : start + TEXT_BYTES] for start in range(0, len(text), TEXT_BYTES)]
        first, count = self._head()
        new = first + count if count else 1
        with self._asking():
            for i, piece in enumerate(pieces):
                self._client.upsert(self._beside, [{"id": new + i, "vector": [0.0, 0.0], "text": piece}])
            head = json.dumps([new, len(pieces)])
            self._client.upsert(self._beside, [{"id": 0, "vector": [0.0, 0.0], "text": head}])
            if count:
                self._client.delete(self._beside, ids=[*range(first, first + count)])

    def check(self) -> None:
        """Compare the collections with what was written, as far as a server tells, see VectorStore."""
        with self._asking():
            self._check_collection()
        self.metadata()
        if len(self.ids()) != len(self):
            raise UserError(f"{self.address}: its ids are not as many as its vectors: some are there twice")

    def close(self) -> None:
        self._client.close()

    def _from_best(self, distance: float) -> float:
        """A negated score of what the server calls a distance: the cosine, or the length."""
        return -float(distance) if self.metric == "cosine" else float(np.sqrt(max(0.0, distance)))

    def _head(self) -> tuple[int, int]:
        """The first row of the text, and how many rows it has; none yet."""
        with self._asking():
            rows = self._client.get(self._beside, ids=[0])
        if not rows:
            return 1, 0
        match = re.fullmatch(r"\[(\d{1,15}), (\d{1,6})\]", rows[0]["text"])
        if match is None:
            raise UserError(
                f"{self.address}: its collection {self._beside} is damaged: it does not say where it begins"
            )
        return int(match[1]), int(match[2])

    def _index_type(self) -> str:
        with self._asking():
            return str(self._client.describe_index(self._name, "vector")["index_type"])

    def _index(self, kind: str, count: int) -> Any:
        made = self._client.prepare_index_params()
        params = {"nlist": round(LISTS * max(1, count) ** 0.5)} if kind == "IVF_FLAT" else {}
        metric = "COSINE" if self.metric == "cosine" else "L2"
        made.add_index("vector", index_type=kind, metric_type=metric, params=params)
        return made

    def _create(self) -> None:
        from pymilvus import DataType

        kind = "IVF_FLAT" if self.index == "ivf" else "FLAT"
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self.dimensions)
        schema.add_field("zero", DataType.BOOL)
        beside = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        beside.add_field("id", DataType.INT64, is_primary=True)
        beside.add_field("vector", DataType.FLOAT_VECTOR, dim=2)  # a collection without vectors is refused
        beside.add_field("text", DataType.VARCHAR, max_length=65_535)
        plain = self._client.prepare_index_params()
        plain.add_index("vector", index_type="FLAT", metric_type="L2")
        if not self._client.has_collection(self._beside):
            self._client.create_collection(self._beside, schema=beside, index_params=plain, consistency_level="Strong")
        self._client.create_collection(
            self._name, schema=schema, index_params=self._index(kind, LEAST_IN_LISTS), consistency_level="Strong"
        )

    def _check_collection(self) -> None:
        fields = {one["name"]: one for one in self._client.describe_collection(self._name)["fields"]}
        if set(fields) != {"id", "vector", "zero"} or not self._client.has_collection(self._beside):
            raise UserError(f"{self.address}: the collection was not made by eigen2arc: name another one")
        dimensions = int(fields["vector"]["params"]["dim"])
        metric = str(self._client.describe_index(self._name, "vector")["metric_type"])
        wanted = "COSINE" if self.metric == "cosine" else "L2"
        if (dimensions, metric) != (self.dimensions, wanted):
            raise UserError(
                f"{self.address}: holds vectors of {dimensions} numbers, compared by {metric}, not of "
                f"{self.dimensions} by {wanted}: name another collection"
            )

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with _asking(self.address):
            yield


def parse_address(address: str) -> tuple[str, str]:
    """Parse the address of a collection: the URI for the client, and the collection's name. Raises UserError."""
    try:
        parts = urlsplit(address)
        port = parts.port or 19530
    except ValueError:
        raise UserError(f"{address}: is no address of a server: write {ADDRESS}") from None
    folder, _, name = parts.path.rpartition("/")
    if parts.username or parts.password:
        raise UserError(f"the address of {parts.hostname} has a password in it: put it into {TOKEN} instead")
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]{0,200}", name) or parts.query or parts.fragment:
        raise UserError(f"{address}: names no collection of letters, digits and _: write {ADDRESS}")
    if parts.scheme == "milvus" and not parts.netloc and folder.endswith(".db"):
        return folder, name
    schemes = {"milvus": "http", "milvus+tls": "https"}
    if parts.scheme not in schemes or not parts.hostname or folder:
        raise UserError(f"{address}: is no address of a server: write {ADDRESS}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{schemes[parts.scheme]}://{host}:{port}", name


def _connect(address: str, uri: str) -> Any:
    try:
        from pymilvus import MilvusClient
    except ModuleNotFoundError as error:
        raise UserError(f"{address}: needs the package {error.name}: pip install 'eigen2arc[milvus]'") from None
    # It writes whole tracebacks to the terminal, beside the errors that it raises.
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    local = uri.endswith(".db")
    if local:
        Path(uri).parent.mkdir(parents=True, exist_ok=True)
    with _asking(address):
        return MilvusClient(uri) if local else MilvusClient(uri, token=os.environ.get(TOKEN, ""), timeout=TIMEOUT_S)


@contextmanager
def _asking(address: str) -> Iterator[None]:
    """Make a UserError, one line, of what goes wrong between here and the server."""
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except MilvusException as error:
        said = str(error.message).strip().partition("\n")[0][:200]
        if "connect" in said or "unavailable" in said.lower():
            advice = f"is it running, and its port open? A server that asks who you are reads {TOKEN}"
            raise UserError(f"{address}: no Milvus server answers ({said}); {advice}") from None
        raise UserError(f"{address}: the Milvus server refused ({said})") from None
    except ImportError as error:  # Milvus Lite is a package of its own
        raise UserError(f"{address}: {first_line(error)}") from None
