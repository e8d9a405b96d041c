"""Reading and writing images: the only file that knows about codecs, EXIF and colour modes."""

import io
import logging
import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError, features

from .checks import check_image
from .errors import UserError
from .files import atomic_write

#: An image of more pixels is refused from its header, before memory is taken: 89 megapixels are 268 MB as RGB.
MAX_PIXELS = 89_000_000

#: Fewer of these: their decoders hold the image up to four times over.
MAX_PIXELS_OF = {"WEBP": 40_000_000, "AVIF": 40_000_000, "HEIF": 40_000_000}

#: Pixels that are converted at a time.
BAND_PIXELS = 1 << 20

#: Formats whose decoders are plain codecs. (Pillow would hand an EPS to an interpreter, for one.)
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")

#: The first bytes of a PNG.
PNG = b"\x89PNG\r\n\x1a\n"

#: How to turn a picture upright, by the value of its EXIF orientation (1 is upright).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

#: Those of them that change width and height.
ON_THEIR_SIDE = (5, 6, 7, 8)

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp"}
)

#: What phones write, where there is a reader: AVIF in Pillow as a rule, HEIC in the package pillow-heif.
if features.check("avif"):
    FORMATS, SUFFIXES = (*FORMATS, "AVIF"), SUFFIXES | {".avif"}
if find_spec("pillow_heif"):
    FORMATS, SUFFIXES = (*FORMATS, "HEIF"), SUFFIXES | {".heic", ".heif"}

log = logging.getLogger(__name__)


class ImageError(UserError):
    """An image file that cannot be used; the message starts with its name."""


def read(path: Path | str) -> np.ndarray:
    """Read an image file as uint8 RGB (H, W, 3), turned upright by its EXIF orientation.

    Grey, palette, CMYK and 16-bit files are converted, transparency is dropped, of an animation the first frame is
    taken (and a warning logged). Raises ImageError for a file that is missing, unreadable, truncated, not an image,
    or of more than MAX_PIXELS, or of its format's MAX_PIXELS_OF.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: cannot be read ({error.strerror or error})") from error
    return decode(data, str(path))


def decode(data: bytes, name: str = "image") -> np.ndarray:
    """Decode the content of an image file into uint8 RGB (H, W, 3); see read(). ``name`` : what a message calls it."""
    if not data:
        raise ImageError(f"{name}: the file is empty")
    try:
        with warnings.catch_warnings():
            # Of odd metadata, and of large images, for which the check below is the stricter one.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            picture: Image.Image = Image.open(io.BytesIO(_without_text(data)), formats=_formats())
            _check_size(picture, name)
            frames = getattr(picture, "n_frames", 1)
            if frames > 1 and picture.format != "MPO":  # the second picture of a phone's photo is the same scene
                log.warning("%s: animated, the first of its %d frames is used", name, frames)
            picture = _upright(picture)
            return _to_rgb(picture, name)
    except UnidentifiedImageError:
        raise ImageError(f"{name}: is not an image of a known format ({', '.join(FORMATS)})") from None
    except Image.DecompressionBombError:
        raise ImageError(f"{name}: has far more than the allowed {MAX_PIXELS:,} pixels; scale it down") from None
    except (ImageError, MemoryError):
        raise
    except Exception as error:
        # There is nothing that Pillow's decoders do not raise on broken data: struct.error, IndexError, zlib.error ...
        raise ImageError(f"{name}: is damaged ({error or type(error).__name__})") from error


def is_image(path: Path | str) -> bool:
    """Find out whether a file begins like an image of a known format; one that cannot be opened may be one."""
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS):
            return True
    except UnidentifiedImageError:
        return False
    except Exception:
        return True


def read_size(path: Path | str) -> tuple[int, int]:
    """Read the width and height in pixels that read() gives an image file, from its header. Raises ImageError."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")
            with Image.open(path, formats=_formats()) as picture:
                width, height = picture.size
                # Behind its pixels, which Pillow would decode to look there, a PNG has no orientation as a rule.
                has_exif = picture.format != "PNG" or "exif" in picture.info
                turn = picture.getexif().get(ExifTags.Base.Orientation, 1) if has_exif else 1
    except MemoryError:
        raise
    except Exception:  # what a header alone does not tell
        height, width = read(path).shape[:2]
        return width, height
    return (height, width) if turn in ON_THEIR_SIDE else (width, height)


@cache
def _formats() -> tuple[str, ...]:
    """FORMATS, once Pillow knows of a reader that is a package of its own."""
    if "HEIF" in FORMATS:
        import_module("pillow_heif").register_heif_opener()
    return FORMATS


def _without_text(data: bytes) -> bytes:
    """Drop the text of a PNG, which Pillow refuses the whole image for where it is long; other files stay as they are.

    A PNG is a signature, then chunks: length, type, content, checksum. What is cut off is left for the decoder to tell.
    """
    if not data.startswith(PNG):
        return data
    kept, at = [PNG], len(PNG)
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] not in (b"tEXt", b"zTXt", b"iTXt"):
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _upright(picture: Image.Image) -> Image.Image:
    """The picture turned by its EXIF orientation; as it is where that cannot be read, for it costs no pixel."""
    try:
        turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return picture
    return picture if turn is None else picture.transpose(turn)


def _check_size(picture: Image.Image, name: str) -> None:
    width, height = picture.size
    most = min(MAX_PIXELS, MAX_PIXELS_OF.get(picture.format or "", MAX_PIXELS))
    if width * height > most:
        raise ImageError(f"{name}: {width} x {height} pixels are more than the allowed {most:,}; scale it down")


def _to_rgb(picture: Image.Image, name: str) -> np.ndarray:
    """Any of Pillow's modes to uint8 RGB, in bands: each of Pillow's steps would hold the whole image once more."""
    if picture.mode == "F":
        raise ImageError(f"{name}: holds floating-point values of unknown range; save it with 8 or 16 bits")
    width, height = picture.size
    rows = max(1, BAND_PIXELS // width)
    image = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        image[top:bottom] = _band_to_rgb(picture.crop((0, top, width, bottom)))
    return image


def _band_to_rgb(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I"):  # 16 bits a pixel, whatever the byte order
        grey = (np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if picture.mode == "P":
        picture = picture.convert("RGBA")  # a palette may hold transparency, which only RGBA can take over
    return np.asarray(picture.convert("RGB"))


#: What write() can make, by suffix.
WRITTEN = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def write(path: Path | str, image: np.ndarray, *, jpeg_quality: int = 95, made_by: str = "") -> None:
    """Write an image, uint8 RGB (H, W, 3), as JPEG, PNG or WebP, by the name's suffix, atomically.

    made_by : what is_made_by() looks for, in ASCII.
    """
    data = encode(image, Path(path).suffix, jpeg_quality=jpeg_quality, made_by=made_by)
    with atomic_write(path) as file:
        file.write(data)


def is_made_by(path: Path | str, name: str) -> bool:
    """Check whether a file is an image that write() made with ``made_by=name``; False for what cannot be read."""
    try:
        with Image.open(path, formats=tuple(WRITTEN.values())) as picture:
            return bool(picture.getexif().get(ExifTags.Base.Software) == name)
    except Exception:  # see decode
        return False


def encode(image: np.ndarray, suffix: str = ".png", *, jpeg_quality: int = 95, made_by: str = "") -> bytes:
    """Encode an image, uint8 RGB (H, W, 3), as the content of a JPEG, PNG or WebP file, by its suffix.

    Raises UserError for other suffixes.
    """
    check_image(image)
    if suffix.lower() not in WRITTEN:
        raise UserError(f"cannot write images as {suffix or 'a file without suffix'}: use {', '.join(WRITTEN)}")
    buffer, more = io.BytesIO(), {}
    if made_by:
        more["exif"] = Image.Exif()
        more["exif"][ExifTags.Base.Software] = made_by
    Image.fromarray(image).save(buffer, WRITTEN[suffix.lower()], quality=jpeg_quality, **more)
    return buffer.getvalue()


def to_grey(image: np.ndarray) -> np.ndarray:
    """Convert uint8 RGB (..., 3) to uint8 grey (...), ITU-R BT.601 luma; one image and a stack are rounded alike."""
    if image.size == 0:
        return np.zeros(image.shape[:-1], np.uint8)
    stacked = np.ascontiguousarray(image).reshape(-1, image.shape[-2], 3)
    return cv2.cvtColor(stacked, cv2.COLOR_RGB2GRAY).reshape(image.shape[:-1])
