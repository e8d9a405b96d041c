"""MS-Celeb-1M: 8.5 million aligned images of 99,892 people found on the web by name; heavy label noise.

Guo, Zhang, Hu, He, Gao, "MS-Celeb-1M: A Dataset and Benchmark for Large-Scale Face Recognition" (ECCV 2016).
"""

from pathlib import Path

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Images
from eigen2arc.datasets.containers.tsv_images import COLUMNS, open_tsv
from eigen2arc.datasets.download.files import locate
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.images.people_folders import images_by_person, label_by_folder
from eigen2arc.datasets.lists.keep_list import read_keep_list

TABLE = "FaceImageCroppedWithAlignment.tsv"

LAYOUT = f"""\
ms_celeb/{TABLE}   (a line: {COLUMNS}; tabs between; the last two base64)
or
ms_celeb/m.0107_f/0-FaceId-0.jpg ...                (one folder for each Freebase MID)"""


def build(*, root: Path | str, kept: Path | str = "") -> Dataset:
    """Build MS-Celeb-1M as found below ``root/ms_celeb``: the images of its table, in its order, or of its folders.

    Where both are there the table is read; folders are taken in order of name. Dataset.people: Freebase MIDs.
    Dataset.faces is None: the images are aligned crops. The table's first reading takes as long as the disk needs for
    it; see tsv_images.

    kept : a keep list, see datasets.lists.keep_list: then only the images in it. Raises UserError that shows the
    expected layout, or names the line.
    """
    folder = locate(root, "ms_celeb", LAYOUT, TABLE, "m.*")
    images: Images
    notes: tuple[str, ...] = ()
    if (folder / TABLE).is_file():
        table = open_tsv(folder / TABLE)
        rows, total, form = read_keep_list(table.names, kept), len(table), "as a table"
        images, notes = table.select(rows), (f"lines that name an image a second time, left out: {table.repeated:,}",)
    else:
        found = images_by_person(folder)
        if not found:
            raise UserError(f"{folder}: holds no image. Expected below the data root:", LAYOUT)
        rows, total, form = read_keep_list(found, kept), len(found), "in folders"
        images = FileImages(folder, tuple(found[row] for row in rows))
    people, labels = label_by_folder(images.names)
    protocol = f"MS-Celeb-1M {form}, {len(rows):,} images of {len(people):,} people"
    if kept:
        protocol += f", those of {total:,} that {Path(kept).name} keeps"
    return Dataset("ms_celeb", images, people, labels, protocol=protocol, notes=notes)
