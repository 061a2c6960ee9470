"""The contents of the site, hung below its first page, which is the README of this folder.

They are added while building: on a code host a README would show them as code.  Links to pages that stand elsewhere in
the repository lose their target, for the site does not hold them.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>(?:\.\./)+[^)#\s]*\.md)(?:#[^)]*)?\)")
CONTENTS = """

```{toctree}
:hidden:
:caption: Begin

tutorial
examples
glossary
```

```{toctree}
:hidden:
:caption: How to
:glob:

how-to/*
```

```{toctree}
:hidden:
:caption: Theory
:glob:

theory/*
```

```{toctree}
:hidden:
:caption: Reference
:glob:

reference/package
reference/rooms/*/index
reference/documents/index
benchmarks
```

```{toctree}
:hidden:
:caption: The house

architecture
reference/changes
```

```{toctree}
:hidden:
:caption: Decisions
:glob:

decisions/*
```
"""


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", add_contents)
    app.connect("build-finished", name_first_page)
    return {"parallel_read_safe": True}


def add_contents(app: Sphinx, page: str, source: list[str]) -> None:
    here = Path(app.srcdir)
    folder = (here / page).parent

    def within(link: re.Match[str]) -> str:
        there = (folder / link["target"]).resolve()
        return link[0] if there.is_relative_to(here) else link["text"]

    source[0] = LINK.sub(within, source[0])
    if page == app.config.root_doc:
        source[0] += CONTENTS


def name_first_page(app: Sphinx, failed: Exception | None) -> None:
    """A browser that opens the folder looks for index.html."""
    first = Path(app.outdir) / f"{app.config.root_doc}.html"
    if failed is None and first.exists():
        shutil.copyfile(first, first.with_name("index.html"))
