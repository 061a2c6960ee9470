"""How the pages of this folder become a site: `make docs`.

The pages are read where they stand, so that they are the same in an editor, on a code host and on the site.  Nothing
is fetched by a page: type, scripts and mathematics are all in the folder that is built, and its search runs from the
disk.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from fairpool import __version__  # noqa: E402

project = "fairpool"
author = "the fairpool authors"
copyright = "the fairpool authors, Apache-2.0"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "building.contents",
    "building.docstrings",
    "building.mathml",
    "building.reference",
]
root_doc = "README"
exclude_patterns = ["building"]

myst_enable_extensions = ["dollarmath"]
myst_dmath_allow_labels = False
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # pages may begin with a deeper heading

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 80
numpydoc_show_class_members = False
html_math_renderer = "mathml"

html_theme = "furo"
html_title = f"fairpool {version}"
html_static_path = ["building/static"]
html_css_files = ["fairpool.css"]
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # a summary is fetched, which a browser forbids for pages on the disk
