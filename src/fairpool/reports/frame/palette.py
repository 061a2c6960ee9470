"""The colours of the report: one word per meaning, a light and a dark shade each.

Blue for what comes in and vermilion for what goes out stay apart in every common kind of colour blindness,
and nothing is told by colour alone: amounts carry a sign, checks a word.  Charts are drawn in the light
shades; style rules made here exchange them for the reader's scheme, so that a chart is drawn once for both.
"""

from __future__ import annotations

LIGHT = {
    "paper": "#ffffff",
    "surface": "#f5f7fa",
    "ink": "#17212e",
    "muted": "#525e6e",
    "line": "#d5dbe3",
    "earn": "#0069a8",
    "pay": "#b84a06",
    "soft": "#8a97a8",
    "band": "#d3e6f3",
    "warm": "#fdeee3",
}
DARK = {
    "paper": "#10151b",
    "surface": "#1a212a",
    "ink": "#e9edf2",
    "muted": "#a9b4c1",
    "line": "#36414e",
    "earn": "#63b8ee",
    "pay": "#f39a5f",
    "soft": "#76859a",
    "band": "#1d4059",
    "warm": "#3a2415",
}


def scheme_rules() -> str:
    """CSS: the words as custom properties in both schemes, and the charts' colours bound to them."""
    chart = "".join(
        f'.chart [fill="{shade}"]{{fill:var(--{word})}}.chart [stroke="{shade}"]{{stroke:var(--{word})}}'
        for word, shade in LIGHT.items()
    )
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{_properties(DARK)}}}}}"
    return f":root{{color-scheme:light;{_properties(LIGHT)}}}{dark}{chart}"


def _properties(shades: dict[str, str]) -> str:
    return "".join(f"--{word}:{shade};" for word, shade in shades.items())
