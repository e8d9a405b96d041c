import io
import logging
import os
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, features

from eigen2arc.core import image as image_module
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import SUFFIXES, ImageError, decode, encode, is_image, read, read_size, to_grey, write

PICTURE = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_png_comes_back_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "new" / "a.png", PICTURE)
    np.testing.assert_array_equal(read(tmp_path / "new" / "a.png"), PICTURE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_is_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = {
        1: lambda x: x,
        2: lambda x: x[:, ::-1],
        3: lambda x: x[::-1, ::-1],
        4: lambda x: x[::-1],
        5: lambda x: x.transpose(1, 0, 2),
        6: lambda x: np.rot90(x, -1),
        7: lambda x: x[::-1, ::-1].transpose(1, 0, 2),
        8: lambda x: np.rot90(x),
    }[orientation](PICTURE)
    np.testing.assert_array_equal(decode(saved(Image.fromarray(PICTURE), "PNG", exif=exif)), upright)


def exif_with(entry: bytes) -> bytes:
    """EXIF of a camera's: turned by 6, and one more entry of 12 bytes, tag, type, count, value."""
    orientation = struct.pack("<HHII", 0x0112, 3, 1, 6)
    entries = sorted([orientation, entry], key=lambda e: struct.unpack_from("<H", e))
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + b"".join(entries) + struct.pack("<I", 0) + bytes(64)


@pytest.mark.parametrize(
    "entry",
    [
        struct.pack("<HHIf", 0x9202, 11, 1, float("nan")),  # aperture as a float that is none
        struct.pack("<HHII", 0x8827, 4, 1, 2**32 - 1),  # a short written as a long
        struct.pack("<HHIi", 0x9203, 6, 1, -5),  # a signed byte
        struct.pack("<HHII", 0x829A, 5, 1, 0xFFFFFFF0),  # a rational beyond the end
        struct.pack("<HHII", 0x010E, 2, 2**31, 26),  # a text of two gigabytes
        struct.pack("<HHII", 0x8769, 4, 1, 8),  # a directory inside itself
        struct.pack("<HHII", 0x0132, 99, 1, 0),  # of a type that does not exist
    ],
)
def test_odd_metadata_cost_no_pixel(entry: bytes) -> None:
    smooth = Image.fromarray(PICTURE).resize((32, 24))
    upright = np.rot90(decode(saved(smooth, "JPEG")), -1)
    np.testing.assert_array_equal(decode(saved(smooth, "JPEG", exif=exif_with(entry))), upright)


def test_metadata_that_cannot_be_read_leave_the_picture_as_it_is() -> None:
    picture = Image.fromarray(PICTURE)
    broken = decode(saved(picture, "JPEG", exif=b"Exif\0\0not a directory at all"))
    np.testing.assert_array_equal(broken, decode(saved(picture, "JPEG")))


def test_long_text_in_a_png_costs_no_pixel() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a face " * 500_000, zip=True)
    text.add_itxt("more", "a face " * 500_000, zip=True)
    np.testing.assert_array_equal(decode(saved(Image.fromarray(PICTURE), "PNG", pnginfo=text)), PICTURE)


def test_the_second_picture_of_a_phones_photo_is_no_animation(caplog: pytest.LogCaptureFixture) -> None:
    first, second = Image.new("RGB", (16, 16), (10, 200, 90)), Image.new("RGB", (8, 8))
    with caplog.at_level(logging.WARNING):
        got = decode(saved(first, "MPO", save_all=True, append_images=[second]))
    assert got.shape == (16, 16, 3) and not caplog.text


def test_grey_16_bit_keeps_its_high_byte() -> None:
    grey = np.arange(0, 65536, 1311, dtype=np.uint16)[:48].reshape(6, 8)
    got = decode(saved(Image.fromarray(grey), "PNG"))
    np.testing.assert_array_equal(got, np.repeat((grey >> 8).astype(np.uint8)[:, :, None], 3, axis=2))


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "RGBA"])
def test_other_modes_become_rgb(mode: str) -> None:
    picture = Image.fromarray(PICTURE).convert(mode)
    got = decode(saved(picture, "PNG"))
    expected = np.asarray(picture.convert("RGBA").convert("RGB"))
    np.testing.assert_array_equal(got, expected)


def test_cmyk_jpeg_becomes_rgb() -> None:
    flat = Image.new("RGB", (32, 32), (200, 40, 90))
    got = decode(saved(flat.convert("CMYK"), "JPEG", quality=95))
    assert np.abs(got.astype(int) - (200, 40, 90)).max() <= 6


def test_of_an_animation_the_first_frame_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    frames = [Image.new("L", (8, 8), 255 * i) for i in range(3)]
    data = saved(frames[1], "GIF", save_all=True, append_images=[frames[0], frames[1]])
    with caplog.at_level(logging.WARNING):
        assert (decode(data, "a.gif") == 255).all()
    assert "a.gif: animated, the first of its 3 frames is used" in caplog.text


def test_one_pixel_is_an_image() -> None:
    assert decode(saved(Image.new("RGB", (1, 1)), "PNG")).shape == (1, 1, 3)


def huge_png(width: int, height: int) -> bytes:
    """The header of an enormous picture, and next to nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0" * 99))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [10_000, 30_000])
def test_a_huge_image_is_refused_from_its_header(side: int) -> None:
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageError, match=r"huge.png: .*more than the allowed 89,000,000.*scale it down|far more than"):
        decode(huge_png(side, side), "huge.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 20_000


BROKEN = {
    "empty": (b"", "the file is empty"),
    "text": (b"hello, I am a picture\n" * 9, "is not an image of a known format"),
    "truncated": (saved(Image.fromarray(np.tile(PICTURE, (20, 20, 1))), "JPEG")[:900], "is damaged"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not an image of a known format"),
    "floats": (saved(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF"), "floating-point values"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_one_clear_line(kind: str, tmp_path: Path) -> None:
    data, message = BROKEN[kind]
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_an_image_is_told_by_its_beginning(tmp_path: Path) -> None:
    data = encode(np.zeros((20, 30, 3), np.uint8), ".jpg")
    for content, expected in [(data, True), (data[:300], True), (b"RIFF    AVI LIST", False), (b"", False)]:
        (tmp_path / "file").write_bytes(content)
        assert is_image(tmp_path / "file") == expected
    assert is_image(tmp_path / "nowhere") and is_image(tmp_path)  # read() says what is wrong with it


def test_what_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"none.jpg: cannot be read \(No such file"):
        read(tmp_path / "none.jpg")
    with pytest.raises(ImageError, match="Is a directory"):
        read(tmp_path)
    with pytest.raises(UserError, match="cannot write images as .bmp"):
        encode(PICTURE, ".bmp")


def test_grey_is_the_weighted_sum_for_one_and_for_many() -> None:
    stack = np.stack([PICTURE, PICTURE[::-1]])
    weighted = stack @ np.array([0.299, 0.587, 0.114])
    assert np.abs(to_grey(stack) - weighted).max() <= 0.51
    np.testing.assert_array_equal(to_grey(stack)[1], to_grey(PICTURE[::-1]))
    assert to_grey(np.zeros((0, 4, 4, 3), np.uint8)).shape == (0, 4, 4)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".gif"])
@pytest.mark.parametrize("turn", [1, 3, 5, 6, 8, 77])
def test_the_size_in_the_header_is_that_of_the_pixels(tmp_path: Path, suffix: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (7, 4)).save(path, **({} if suffix == ".gif" else {"exif": exif}))
    height, width = read(path).shape[:2]
    assert read_size(path) == (width, height)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_avif_is_read(tmp_path: Path) -> None:
    Image.new("RGB", (24, 16), (200, 10, 10)).save(tmp_path / "a.avif")
    assert abs(read(tmp_path / "a.avif").astype(int) - [200, 10, 10]).max() < 9
    assert ".avif" in SUFFIXES and read_size(tmp_path / "a.avif") == (24, 16)


def test_heic_is_read_where_there_is_a_reader(tmp_path: Path) -> None:
    """With a package of that name, which says that it reads HEIF, and reads BMP."""
    Image.new("RGB", (3, 2), (9, 9, 9)).save(tmp_path / "a.heic", "BMP")
    (tmp_path / "pillow_heif.py").write_text(
        "from PIL import Image, BmpImagePlugin\n"
        "def register_heif_opener():\n"
        "    Image.register_open('HEIF', BmpImagePlugin.BmpImageFile, lambda start: True)\n"
    )
    code = (
        "from eigen2arc.core import image, image_folder\n"
        "image.FORMATS = ('HEIF',)\n"
        f"assert image_folder.image_names({str(tmp_path)!r}) == ['a.heic']\n"
        f"assert image.read({str(tmp_path / 'a.heic')!r}).tolist() == [[[9] * 3] * 3] * 2\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})


def test_a_size_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no image")
    for name in ("a.jpg", "absent.jpg"):
        with pytest.raises(ImageError, match=name):
            read_size(tmp_path / name)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "RGBA", "I;16", "1"])
def test_an_image_is_converted_in_bands_as_it_is_whole(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = Image.fromarray(np.random.default_rng(0).integers(0, 65536, (6, 9), dtype=np.uint16))
    one = deep if mode == "I;16" else Image.fromarray(PICTURE).convert(mode)
    file = io.BytesIO()
    one.save(file, "TIFF")
    whole = decode(file.getvalue())
    monkeypatch.setattr(image_module, "BAND_PIXELS", 20)
    np.testing.assert_array_equal(decode(file.getvalue()), whole)


def test_formats_whose_decoders_take_more_have_a_bound_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encode(PICTURE, ".webp")
    monkeypatch.setitem(image_module.MAX_PIXELS_OF, "WEBP", 53)
    with pytest.raises(ImageError, match=r"9 x 6 pixels are more than the allowed 53; scale it down"):
        decode(content)
    assert decode(encode(PICTURE, ".png")).shape == PICTURE.shape
