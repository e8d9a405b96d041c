"""What eigen2arc.core offers under one name."""

import subprocess
import sys

import eigen2arc.core


def test_every_name_is_there_and_comes_from_core() -> None:
    for name in eigen2arc.core.__all__:
        assert getattr(eigen2arc.core, name).__module__.startswith("eigen2arc.core."), name


def test_what_reads_images_is_loaded_when_an_image_is_read() -> None:
    code = (
        "import sys, eigen2arc.core\n"
        "assert not {'cv2', 'PIL', 'torch'} & set(sys.modules)\n"
        "from eigen2arc.core import read_image\n"
        "assert {'cv2', 'PIL'} <= set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
