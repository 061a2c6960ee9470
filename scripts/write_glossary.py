"""Write the words of the reports into docs/glossary.md: python scripts/write_glossary.py."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = ROOT / "src/fairpool/reports/frame/glossary.toml"
PAGE = ROOT / "docs/glossary.md"
BEGIN, END = "<!-- from glossary.toml: scripts/write_glossary.py -->", "<!-- end -->"
REPORTS = {
    "settlement": "The report of a settlement",
    "sharing": "The report of a sharing of samples",
    "comparison": "The report of a check of distributions",
    "pricing": "The report of a simulation of prices",
}


def with_words_of_reports(page: str) -> str:
    """The page with what stands in glossary.toml between its two marks."""
    entries = tomllib.loads(WORDS.read_text(encoding="utf-8"))["word"]
    sections = [
        f"### {title}\n\n"
        + "\n\n".join(f"**{e['word']}.** {e['meaning']}" for e in entries if report in e["reports"])
        for report, title in REPORTS.items()
    ]
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n" + "\n\n".join(sections) + f"\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_words_of_reports(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
