"""Videos as users have them: of every kind, turned, cut, damaged, of hostile content; and decoders that die."""

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from wave import open as open_wave

import av
import numpy as np
import pytest

from eigen2arc.core import video, video_decoder
from eigen2arc.core.video import VideoError, read_frames

#: Each decoder takes a sixth of a second to start.
slow = pytest.mark.slow

WriteVideo = Callable[..., Path]

HEIGHT, WIDTH = 48, 64


def shade(number: int) -> np.ndarray:
    """A frame that is dark at first and bright at last, with a red square in the upper left."""
    frame = np.full((HEIGHT, WIDTH, 3), 40 + 5 * number, np.uint8)
    frame[:16, :16] = (250, 0, 0)
    return frame


SHADES = [shade(number) for number in range(40)]


def is_red(frame: np.ndarray) -> np.ndarray:
    return (frame[..., 0] > 150) & (frame[..., 1] < 100)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, write_video: WriteVideo) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "clip.avi", SHADES)


def read(path: Path) -> tuple[list[np.ndarray], str]:
    """What can be read, and the line of the error after it."""
    frames = []
    try:
        for frame in read_frames(path):
            frames.append(frame)
    except VideoError as error:
        return frames, str(error)
    return frames, ""


@pytest.mark.parametrize(
    ("suffix", "codec", "container"),
    [
        pytest.param(".mp4", "mpeg4", None, marks=slow),
        pytest.param(".3gp", "mpeg4", None, marks=slow),
        pytest.param(".mkv", "mpeg4", None, marks=slow),
        (".mts", "mpeg2video", "mpegts"),
        pytest.param(".flv", "flv", None, marks=slow),
        pytest.param(".wmv", "wmv2", None, marks=slow),
        pytest.param(".ogv", "libvpx", "ogg", marks=slow),
        pytest.param(".any", "libvpx", "webm", marks=slow),
    ],
)
def test_whatever_ffmpeg_reads_is_a_video(
    tmp_path: Path, write_video: WriteVideo, suffix: str, codec: str, container: str | None
) -> None:
    path = write_video(tmp_path / f"clip{suffix}", SHADES[:8], codec, container)
    frames, error = read(path)
    assert (len(frames), error) == (8, "")
    for frame, expected in zip(frames, SHADES, strict=False):
        assert frame.shape == (HEIGHT, WIDTH, 3) and frame.dtype == np.uint8 and frame.flags.writeable
        np.testing.assert_allclose(frame[24:].mean(), expected[24:].mean(), atol=6)
        assert is_red(frame)[2:14, 2:14].all() and not is_red(frame)[20:].any()


@pytest.mark.parametrize(
    ("turned", "corner"),
    [(90, (-1, 0)), pytest.param(180, (-1, -1), marks=slow), pytest.param(270, (0, -1), marks=slow)],
)
def test_frames_are_turned_upright(
    tmp_path: Path, write_video: WriteVideo, turned: int, corner: tuple[int, int]
) -> None:
    (frame, *_), _ = read(write_video(tmp_path / "phone.mov", SHADES[:2], "mpeg4", turned=turned))
    assert frame.shape[:2] == ((HEIGHT, WIDTH) if turned == 180 else (WIDTH, HEIGHT))
    assert frame.flags.c_contiguous and is_red(frame)[corner] and is_red(frame).sum() < 400


@slow
def test_a_width_of_any_number_of_pixels(tmp_path: Path, write_video: WriteVideo) -> None:
    images = [np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)]
    (frame,), _ = read(write_video(tmp_path / "small.avi", images, "png", pixels="rgb24"))
    np.testing.assert_array_equal(frame, images[0])


def test_a_video_that_was_cut_says_how_much_is_there(
    tmp_path: Path, clip: Path, write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    timed = write_video(tmp_path / "timed.mkv", SHADES)  # whose container promises a duration, no number of frames
    for path in (clip, timed):
        cut = tmp_path / f"cut{path.suffix}"
        cut.write_bytes(path.read_bytes()[: path.stat().st_size * 55 // 100])
        caplog.clear()
        frames, error = read(cut)
        assert 15 < len(frames) < 25 and error == ""
        assert caplog.messages == [f"{cut}: {len(frames)} of 40 frames could be read: the video was cut, or is damaged"]
    caplog.clear()
    assert len(read(timed)[0]) == 40 and not caplog.messages


@slow
def test_sound_that_lasts_longer_is_no_cut(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "longer.mkv"
    with av.open(str(path), "w") as file:
        images, sound = file.add_stream("mjpeg", rate=25), file.add_stream("pcm_s16le", rate=8000)
        images.width, images.height, images.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        for number in range(10):
            file.mux(images.encode(av.VideoFrame.from_ndarray(shade(number), "rgb24")))
        for number in range(8):
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1000), np.int16), "s16", "mono")
            silence.sample_rate, silence.pts = 8000, 1000 * number
            file.mux(sound.encode(silence))
        file.mux(images.encode()), file.mux(sound.encode())
    assert len(read(path)[0]) == 10 and not caplog.messages


def test_a_damaged_frame_costs_no_other(tmp_path: Path, clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = clip.read_bytes()
    start = data.index(b"00dc", len(data) // 2) + 8
    size = int.from_bytes(data[start - 4 : start], "little")
    (tmp_path / "damaged.avi").write_bytes(data[:start] + bytes(size) + data[start + size :])
    frames, error = read(tmp_path / "damaged.avi")
    assert (len(frames), error) == (39, "")
    assert len(caplog.messages) == 1 and "damaged.avi: 39 of 40 frames" in caplog.messages[0]


def test_what_is_no_video_is_one_line(tmp_path: Path) -> None:
    with open_wave(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1), sound.setsampwidth(2), sound.setframerate(8000)
        sound.writeframes(bytes(8000))
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video at all\n" * 20)
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder.mp4").mkdir()
    for name, reason in [
        ("sound.wav", "cannot be read as a video: there is no video in it, only sound"),
        ("empty.mp4", "cannot be read as a video: "),
        ("text.mp4", "cannot be read as a video: Invalid data found when processing input"),
        ("pipe.mp4", "is not a file"),
        ("folder.mp4", "is not a file"),
        ("nowhere.mp4", "cannot be read (No such file or directory)"),
    ]:
        frames, error = read(tmp_path / name)
        assert not frames and error.startswith(f"{tmp_path / name}: {reason}") and error.isprintable()


@slow
def test_a_picture_on_the_cover_of_a_record_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as file:
        sound = file.add_stream("libmp3lame", rate=8000)
        cover = file.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        file.mux(cover.encode(av.VideoFrame.from_ndarray(shade(1), "rgb24")))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.float32), "fltp", "mono")
        silence.sample_rate = 8000
        file.mux(sound.encode(silence))
        file.mux(sound.encode())
    assert read(path) == ([], f"{path}: cannot be read as a video: there is no video in it, only sound")


@slow
def test_a_still_image_of_tiles_is_no_video(tmp_path: Path, write_video: WriteVideo) -> None:
    path = write_video(tmp_path / "photo.heic", SHADES[:2], "mpeg4", "mp4")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"ftypisom", b"ftypheic", 1))
    frames, error = read(path)
    assert not frames and "a still image (heic) of a kind that is not read here" in error


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ffconcat version 1.0\nfile clip.avi\n", id="ffconcat"),
        pytest.param("ffconcat version 1.0\nfile file:{clip}\n", id="ffconcat with a protocol", marks=slow),
        pytest.param("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{clip}\n#EXT-X-ENDLIST\n", id="m3u8", marks=slow),
        pytest.param(
            '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
            '<Representation id="1" bandwidth="1"><BaseURL>{clip}</BaseURL></Representation></AdaptationSet></Period>'
            "</MPD>",
            id="mpd",
            marks=slow,
        ),
        pytest.param(
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 26\n",
            id="sdp",
            marks=slow,
        ),
    ],
)
def test_a_list_of_videos_opens_none_of_them(
    tmp_path: Path, clip: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clip.parent)
    (tmp_path / "list.m3u8").write_text(text.format(clip=clip))
    frames, error = read(tmp_path / "list.m3u8")
    assert not frames and "cannot be read as a video" in error


@pytest.mark.parametrize(
    "name",
    [
        "image-%d.jpg",
        *(pytest.param(name, marks=slow) for name in ("concat:a|b", "http:", "-y.avi", os.fsdecode(b"\xff.avi"))),
    ],
    ids=ascii,
)
def test_a_name_is_no_pattern_and_no_protocol(
    tmp_path: Path, clip: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(clip.read_bytes())
    assert len(read(Path(name))[0]) == 40
    Path(name).rename("image-1.jpg")
    assert "cannot be read (No such file or directory)" in read(Path(name))[1]


def test_the_decoder_can_open_nothing_but_the_video(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames, error = read_with(
        "for use in (lambda: open('/dev/null'), _socket.socket, os.pipe):\n"
        "    try: use()\n"
        "    except OSError as error: tried.append(error.errno)\n"
        "raise ValueError(f'{tried}')",
        clip,
        monkeypatch,
    )
    assert len(frames) == 5 and "[24, 24, 24]" in error  # EMFILE


def test_large_frames_are_refused_before_memory_is_taken(
    tmp_path: Path, clip: Path, write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "MAX_PIXELS", HEIGHT * WIDTH)
    larger = write_video(tmp_path / "larger.avi", [np.zeros((HEIGHT + 16, WIDTH, 3), np.uint8)])
    frames, error = read(larger)
    assert not frames and "its frames have more than the allowed 3,072 pixels; scale it down" in error
    data = clip.read_bytes()
    header = data.index(b"\xff\xc0")  # of a frame, after an AVI's that says something smaller
    monkeypatch.setattr(video, "MAX_PIXELS", 100_000_000)
    growing = tmp_path / "growing.avi"
    growing.write_bytes(data[: header + 5] + b"\xff\xff\xff\xff" + data[header + 9 :])
    frames, error = read(growing)
    assert 0 < len(frames) < 40 and error == ""


def test_memory_is_bounded(tmp_path: Path, write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "large.avi", [np.zeros((2000, 2000, 3), np.uint8)] * 2)
    monkeypatch.setattr(video, "MAX_BYTES", 40_000_000)
    frames, error = read(path)
    assert not frames and "more than 0.0 GB of memory would be needed to decode it" in error


def read_with(code: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[np.ndarray], str]:
    """Read by a decoder that runs ``code`` after five frames."""
    lines = code.replace("\n", "\n        ")
    stand_in = f"""
import _socket, os, signal, sys, time
sys.path.append({str(Path(video_decoder.__file__).parent)!r})
import video_decoder as d
class Dying(d.Decoder):
    def _write(self, frame):
        super()._write(frame)
        tried = []
        if self.written < 5:
            return
        {lines}
Dying(os.fdopen(1, "wb"), int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])).run()
"""
    monkeypatch.setattr(video, "DECODER", (sys.executable, "-P", "-c", stand_in))
    return read(path)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os.abort()", "its decoder crashed (Aborted)"),
        *(
            pytest.param(*row, marks=slow)
            for row in [
                ("os.kill(os.getpid(), signal.SIGKILL)", "its decoder was killed, as systems do when memory runs out"),
                ("os.kill(os.getpid(), signal.SIGSEGV)", "its decoder crashed (Segmentation fault)"),
                ("os._exit(3)", "its decoder failed (status 3)"),
                ("self.output.write(d.HEADER.pack(b'F', 9, 9, 0)); os._exit(0)", "its decoder failed (status 0)"),
                ("self.output.write(d.HEADER.pack(b'F', 1 << 31, 1 << 31, 0))", "more than the allowed 89,000,000"),
                ("self.output.write(d.HEADER.pack(b'E', 0, 0, 1 << 31) + b'\\x1b[31m' * 300)", "[31m"),
                ("raise ValueError('told\\nin one line')", "told in one line"),
            ]
        ),
    ],
)
def test_a_decoder_that_dies_costs_what_comes_after(
    clip: Path, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    frames, error = read_with(code, clip, monkeypatch)
    assert len(frames) == 5
    assert error.startswith(f"{clip}: only 5 of its frames could be read: ") and reason in error
    assert error.isprintable() and len(error) < 500


@pytest.mark.parametrize("code", [pytest.param("while True: pass", marks=slow), "time.sleep(100)"])
def test_a_decoder_that_hangs_is_ended(clip: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(video, "MAX_SECONDS", 3.0)
    frames, error = read_with(code, clip, monkeypatch)
    assert len(frames) == 5 and error.endswith("its decoder hung, 3 s without a frame")


def test_a_reader_may_take_its_time_and_need_not_read_to_the_end(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    start = video._start
    monkeypatch.setattr(video, "_start", lambda file: started.append(start(file)) or started[-1])
    frames = read_frames(clip)
    assert len(list(itertools.islice(frames, 3))) == 3
    frames.close()
    assert started[0].returncode is not None and started[0].stdout.closed
