"""What the service answers."""

import json
import os
import platform
from pathlib import Path

from .backend import choose
from .solve import solve


def report() -> dict:
    backend = choose()
    size = int(os.environ.get("PLATE_SIZE", "127"))
    middle, iterations = solve(backend.zeros, size)
    expected = json.loads(Path("reference.json").read_text())["middle"]
    return {
        "variant": os.environ.get("PLATE_VARIANT", "unknown"),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "python": platform.python_version(),
        "backend": backend.name,
        "uid": os.getuid(),
        "size": size,
        "iterations": iterations,
        "middle": middle,
        "expected": expected,
    }
