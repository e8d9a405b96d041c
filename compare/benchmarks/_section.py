"""One section of `bench gpu` in a process of its own: `python -m eigen2arc.compare.benchmarks._section ...`.

An error of CUDA leaves a process useless for whatever comes after it, and a hung one can only be killed. Each row is
written as a line of JSON as soon as it is there, so that what was measured before is not lost.
"""

import json
import sys
import traceback
from importlib import import_module

from ._measure import one_line

#: The exit code that says: a package is missing here, and the section was left out.
MISSING = 3


def main(module: str, device: str, seconds: str, path: str, small: str) -> int:
    """Run ``module``.on_device and append its rows to the file ``path``, and at last its error as {"error": ...}.

    small : "small" for the sizes of a rehearsal, module.SMALL. Returns the exit code.
    """
    with open(path, "a") as file:

        def write(line: object) -> None:
            file.write(json.dumps(line) + "\n")
            file.flush()

        try:
            section = import_module(module)
            for row in section.on_device(device, float(seconds), **(section.SMALL if small == "small" else {})):
                write(row)
        except ModuleNotFoundError as error:
            traceback.print_exc()
            if (error.name or "").partition(".")[0] == "eigen2arc":
                write({"error": one_line(error)})
                return 1
            write({"error": f"needs {error.name}, which is not installed here"})
            return MISSING
        except Exception as error:
            traceback.print_exc()
            write({"error": one_line(error)})
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
