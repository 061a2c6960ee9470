"""What all pages have in common: layout, palette, numbers in words, charts, glossary."""
