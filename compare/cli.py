"""The command line: `eigen2arc`. Nothing heavy is imported before a command needs it."""

import errno
import logging
import os
import sys
import time
from contextlib import ExitStack
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from eigen2arc.core.console import prepare_console, say, set_verbosity
from eigen2arc.core.errors import UserError, one_line
from eigen2arc.core.files import expand_home

from .commands import (
    bench,
    cache,
    calibrate,
    classical,
    cluster,
    compare,
    datasets,
    deep,
    detect,
    explain,
    gallery,
    identify,
    listing,
    report,
    selftest,
    verify,
)

log = logging.getLogger(__name__)

#: The exit code of a command that Ctrl-C ended, 128 + SIGINT as everywhere.
INTERRUPTED = 130

app = typer.Typer(
    name="eigen2arc",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.add_typer(compare.app, name="compare")
app.add_typer(report.app, name="report")
app.command("detect")(detect.detect)
app.command("verify")(verify.verify)
app.command("calibrate")(calibrate.calibrate)
app.command("identify")(identify.identify)
app.command("cluster")(cluster.cluster)
app.add_typer(gallery.app, name="gallery")
app.add_typer(classical.app, name="classical")
app.add_typer(deep.app, name="deep")
app.add_typer(datasets.app, name="datasets")
app.add_typer(explain.app, name="explain")
app.command("list")(listing.listing)
app.command("cache")(cache.cache)
app.command("bench")(bench.bench)
app.add_typer(selftest.app, name="selftest")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"eigen2arc {version('eigen2arc')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results and errors only: no warnings, no progress.")
    ] = False,
    verbose: Annotated[
        int,
        typer.Option("--verbose", "-v", count=True, help="Say what is done; twice, also where an error came from."),
    ] = 0,
) -> None:
    """Train, run and compare classical and deep face recognition, from Eigenfaces to ArcFace."""
    if quiet and verbose:
        raise UserError("--quiet and --verbose: give one of the two")
    set_verbosity(quiet, verbose)


def main() -> None:
    """Run the command line. A user's mistake is one line on stderr and exit code 2, never a traceback.

    So is what the machine refuses: a full disk, a folder of someone else's, too little memory.
    """
    # For how many turns OpenMP's threads spin while they wait before they sleep; read when torch or numba is loaded.
    # If they sleep at once, they have to be woken for each of a network's layers: on two quiet cores RetinaFace and
    # MTCNN then take 1.7 times as long. If they spin for long, as is the default, they take the cores away from those
    # they wait for: with the cores busy otherwise MTCNN was 30 times slower that way, and with this, where one more
    # thing runs, 1.8 times. OMP_WAIT_POLICY=passive is for such machines.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    prepare_console()
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    start_s = time.monotonic()
    try:
        # What the options hold, as the folder that is written into, is let go at the end, whatever that is.
        with ExitStack() as held:
            code = app(_expanded(sys.argv[1:]), "eigen2arc", standalone_mode=False, obj=held)
        log.info("done in %.1f s", time.monotonic() - start_s)
    except UserError as error:
        _stop(str(error), 2)
    except TyperException as error:
        _stop(error.format_message(), 2)
    except Abort:
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output, `head` for one, closed the pipe
        sys.exit(0)
    except MemoryError:
        _stop("there is not enough memory for this: take fewer or smaller images, or a machine with more", 1)
    except OSError as error:
        _stop(_refused(error), 2)
    if code == INTERRUPTED:
        _stop("interrupted; if the command can be resumed, its --help says how", code)
    sys.exit(code if isinstance(code, int) else 0)


def _expanded(words: list[str]) -> list[str]:
    """The command's words with ~ for the home folder where no shell has put it: in quotes, after --option=."""
    return [
        "=".join([name, expand_home(value)]) if name.startswith("--") and equals else expand_home(word)
        for word in words
        for name, equals, value in [word.partition("=")]
    ]


def _refused(error: OSError) -> str:
    """What the system refused, where, and what may help."""
    where = f"{os.fsdecode(error.filename)}: " if error.filename is not None else ""
    return one_line(f"{where}{error.strerror or error}{ADVICE.get(error.errno or 0, '')}")


#: What may help where the system refuses.
ADVICE = {
    errno.ENOSPC: ": free some space, or take another disk",
    errno.EDQUOT: ": free some space, or take another disk",
    errno.EROFS: ": take another folder",
    errno.EACCES: ": take another one, or ask its owner",
    errno.EPERM: ": take another one, or ask its owner",
    errno.ENOTDIR: ": expected a folder",
    errno.EISDIR: ": expected a file",
    errno.EMFILE: ": raise the limit of open files, `ulimit -n 4096`",
}


def _stop(message: str, code: int) -> None:
    log.debug("the error came from here:", exc_info=True)
    if message:  # a group without a command has printed its help instead
        first, *below = message.split("\n")
        for line in (f"eigen2arc: {first}", *below):
            say(line, error=True)
    sys.exit(code)


if __name__ == "__main__":  # accelerate launch --module starts it so
    main()
