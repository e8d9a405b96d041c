"""Images: every format that is read, with EXIF, a palette, sixteen bits, an animation, a second picture."""

import io
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.core.image import read
from eigen2arc.core.image_folder import find_images


class Images:
    """One image a folder, found and read as commands find and read them."""

    def seeds(self) -> list[Files]:
        """Encode one small picture in each format."""
        rng = np.random.default_rng(0)
        colour = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
        deep = Image.fromarray(rng.integers(0, 65536, (24, 32), dtype=np.uint16))
        turned = Image.Exif()
        turned[ExifTags.Base.Orientation] = 6
        turned[ExifTags.Base.Software] = "someone's"
        turned[ExifTags.Base.XResolution] = 72.0
        more = {"save_all": True, "append_images": [colour.transpose(Image.Transpose.ROTATE_180)]}
        return [
            {"a.jpg": _encode(colour, "JPEG", exif=turned)},
            {"a.jpg": _encode(colour.convert("L"), "JPEG", progressive=True)},
            {"a.jpg": _encode(colour.convert("CMYK"), "JPEG")},
            {"a.jpg": _encode(colour, "MPO", **more)},
            {"a.png": _encode(colour.convert("RGBA"), "PNG", exif=turned)},
            {"a.png": _encode(colour.quantize(16), "PNG", transparency=0)},
            {"a.png": _encode(deep, "PNG")},
            {"a.gif": _encode(colour.quantize(64), "GIF", **more)},
            {"a.bmp": _encode(colour, "BMP")},
            {"a.ppm": _encode(colour, "PPM")},
            {"a.pgm": _encode(deep, "PPM")},
            *({"a.tif": _encode(colour, "TIFF", compression=c)} for c in (None, "tiff_lzw", "jpeg", "tiff_deflate")),
            {"a.webp": _encode(colour, "WEBP", lossless=True)},
            {"a.webp": _encode(colour, "WEBP", **more)},
        ]

    def read(self, folder: Path) -> object:
        """Read the images of a folder."""
        return [read(path) for path in find_images([folder])]


def _encode(picture: Image.Image, form: str, **settings: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **settings)
    return file.getvalue()


build = Images
