"""Makes the font of charts and reports anew: `python docs/images/subset_font.py NotoSansSC_400Regular.ttf`.

The whole font has ten megabytes. What stays: Latin, every sign of GB 2312, punctuation and signs for drawing,
and those signs of names in daily use that GB 2312 lacks. Google Fonts publishes it as TTF, the npm package
@expo-google-fonts/noto-sans-sc holds it as well. Needs fonttools, which matplotlib brings.
"""

import sys

from fontTools.subset import Options, Subsetter, load_font, save_font

from alerts.charts.font import FILE

NAMES = "喆玥珺堃昇祎翀晔晟琦瑄玮祺璟煊烨焱燊骅镕囧啰哋"
SIGNS = "‐‑–—―‘’“”„†‡•…‰′″‹›€™←↑→↓↗↘−√∞≈≠≤≥■□▲△▶▼▽◆◇○●★☆▁▂▃▄▅▆▇█"
GB2312 = [bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF)]


def wanted() -> set[int]:
    """Code points that stay."""
    latin = {*range(0x20, 0x7F), *range(0xA0, 0x180)}
    chinese = "".join(pair.decode("gb2312", errors="ignore") for pair in GB2312)
    return latin | {ord(sign) for sign in chinese + NAMES + SIGNS}


def main(source: str) -> None:
    """Write the smaller font into the package."""
    options = Options(layout_features=["kern", "liga", "palt"], hinting=False)
    font = load_font(source, options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted())
    subsetter.subset(font)
    save_font(font, str(FILE), options)


if __name__ == "__main__":
    main(sys.argv[1])
