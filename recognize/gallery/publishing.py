"""What of a gallery whose vectors are on a server is kept there beside them, for machines that only name faces.

The folder of the gallery, where people are enrolled, lies on one machine. Any other needs a copy of gallery.json alone:
whose vector is whose, and the calibration, it reads from the server, as they were after the last change.
"""

from eigen2arc.core.errors import UserError

from .gallery import Gallery


def claim(gallery: Gallery) -> None:
    """Take a collection on a server for a gallery. Raises UserError for one that is another's, or holds vectors."""
    if not gallery.about.store:
        return
    kept = gallery.store.metadata()
    if kept.get("id") == gallery.about.id:
        return
    if kept or len(gallery.store):
        raise UserError(f"{gallery.about.store}: holds vectors that are not of {gallery.folder}: name a new collection")
    gallery.store.set_metadata({"id": gallery.about.id})


def publish(gallery: Gallery) -> None:
    """Write beside the vectors on a server whose they are, and what their scores mean; elsewhere nothing is done."""
    if not gallery.about.store:
        return
    ids, person, people = gallery.ledger.labels()
    images: dict[str, list[int]] = {name: [] for name in people}
    for image, owner in zip(ids.tolist(), person.tolist(), strict=True):
        images[people[owner]].append(image)
    made = gallery.calibration
    calibration = None if made is None else made.to_json()
    gallery.store.set_metadata({"id": gallery.about.id, "people": images, "calibration": calibration})
