"""A Python that has a module which no Debian package brings."""
import os
import subprocess
import sys

SKIPPED = 77  # exit code of a test without one


def python_with(module):
    """$HEDGE_PYTHON, this one, python3 or /usr/bin/python3, whichever imports the module first; None without."""
    for python in (os.environ.get("HEDGE_PYTHON"), sys.executable, "python3", "/usr/bin/python3"):
        if not python:
            continue
        try:
            subprocess.run([python, "-c", f"import {module}"], check=True, capture_output=True)
            return python
        except (OSError, subprocess.CalledProcessError):
            pass
    return None
