"""Compare our PNG with an independent picture of our SVG (by hand; needs `pip install resvg-py pillow numpy`).

    cargo run -p germane-reports --example gallery -- DIR
    python crates/reports/tests/peers/compare_rasters.py DIR

Prints the share of pixels that differ by more than 64 of 255 in any channel; more than 2 % is a failure.
"""

import io
import pathlib
import sys

import numpy
import resvg_py
from PIL import Image


def pixels(data: bytes) -> numpy.ndarray:
    return numpy.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


failed = False
for svg in sorted(pathlib.Path(sys.argv[1]).glob("*.svg")):
    ours = pixels(svg.with_suffix(".png").read_bytes())
    height, width = ours.shape[:2]
    theirs = pixels(bytes(resvg_py.svg_to_bytes(svg_string=svg.read_text(), width=width, height=height)))
    # A fraction of a pixel at the lower border is rounded up by us and down by resvg.
    rows, columns = min(height, theirs.shape[0]), min(width, theirs.shape[1])
    ours, theirs = ours[:rows, :columns], theirs[:rows, :columns]
    share = float((numpy.abs(ours - theirs).max(axis=2) > 64).mean())
    failed |= share > 0.02
    print(f"{svg.name:24} {100 * share:.3f} % of pixels differ")
sys.exit(failed)
