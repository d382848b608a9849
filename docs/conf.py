"""Sphinx configuration: CommonMark pages read by MyST; warnings are errors in `make docs`."""

import tomllib
from pathlib import Path

root = Path(__file__).resolve().parent.parent
metadata = tomllib.loads((root / "pyproject.toml").read_text())["project"]

project = "wagtail_licensing"
author = "The wagtail_licensing maintainers"
copyright = author
release = metadata["version"]
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

# Every heading is a link target, so that a system check can point at one setting.
myst_heading_anchors = 3
myst_enable_extensions = ["deflist", "colon_fence"]

html_theme = "furo"
html_title = f"wagtail_licensing {version}"
html_copy_source = False
nitpicky = True
