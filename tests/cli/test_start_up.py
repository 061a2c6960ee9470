"""What a command does not need it does not wait for."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "pandas", "pyarrow", "pydantic", "scipy", "sklearn", "altair")


def test_help_waits_for_no_library_of_the_rooms():
    """`fairpool --help` imports the command line only; every command opens its room when it is called."""
    program = f"import sys, fairpool.cli.app; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
