"""Acting without the rights of root, who may read and write anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def nobody(folder: Path) -> Iterator[None]:
    """As a user who may reach ``folder`` and has no other rights; whoever is not root stays who he is."""
    if os.geteuid() != 0:
        yield
        return
    with ExitStack() as restored:
        for above in folder.resolve().parents:
            mode = above.stat().st_mode & 0o777
            if mode & 0o011 != 0o011:
                restored.callback(above.chmod, mode)
                above.chmod(mode | 0o011)  # the group is still that of root
        os.seteuid(NOBODY)
        restored.callback(os.seteuid, 0)
        yield
