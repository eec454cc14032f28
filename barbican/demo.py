"""
The whole product on one machine: origin and local edge with sample data, from one command.

    python -m barbican.demo --port 8000 --edge-port 8080
    python -m barbican.demo --manage doctor

Everything that it makes is in the state folder, `.edge`: keys, service tokens, Django's key and a
database. `manage.py reset_edge` throws it away. Who may pass is in `edge.toml`.

This is the door alone, which an old Python can read: all else is imported behind it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from barbican.edge.demo.options import Options

OLDEST_PYTHON = (3, 11)


def main(arguments: list[str] | None = None) -> int:
    """
    Return the exit code: 0 stopped, 1 a part failed, 2 wrong use, 130 Ctrl-C in the set-up.

    With `--manage` it is that of the command.
    """
    complaint = old_python(sys.version_info[:2])
    if complaint:
        return _refused(complaint)
    from barbican.edge.demo import options

    try:
        return _run(options.chosen(arguments))
    except options.UsageError as error:
        return _refused(str(error))
    except KeyboardInterrupt:  # during the set-up, before the signals are heeded
        return 130


def old_python(version: tuple[int, ...]) -> str:
    """Return what is wrong with this version, or nothing."""
    if version >= OLDEST_PYTHON:
        return ""
    found = ".".join(map(str, version))
    return f"The demo needs Python 3.11 or later, and this is {found}."


def _run(chosen: Options) -> int:
    # Imported late: a missing package should get a sentence, not a traceback.
    try:
        from barbican.edge.demo import running
    except ModuleNotFoundError as error:
        return _refused(
            f"The package {error.name} is missing: run `make setup`, which installs everything."
        )
    return running.run(chosen)


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main())
