"""The font of charts and printed reports. It is shipped, because a server seldom has a Chinese one.

`fonts/NotoSansSC-Regular.ttf` is a part of Noto Sans SC (SIL Open Font License 1.1, `fonts/OFL.txt`), made by
`docs/images/subset_font.py`: Latin and all signs of GB 2312. What it lacks, such as traditional signs, is
looked for in the machine's fonts.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

FAMILY: Final = "Noto Sans SC"
FOLDER: Final = Path(__file__).with_name("fonts")
FILE: Final = FOLDER / "NotoSansSC-Regular.ttf"


@cache
def families() -> tuple[str, ...]:
    """Font families for matplotlib, the shipped one first; registers it with matplotlib by its path."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(FILE)
    fallback = ("Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei")
    known = {font.name for font in font_manager.fontManager.ttflist}
    return (FAMILY, *(name for name in fallback if name in known), "DejaVu Sans")
