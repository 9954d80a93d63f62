"""One chain file by dspeed: its output file. usage: chain_file.py SHARED CHAIN RAW OUT.lh5"""

import json
import sys
from pathlib import Path

shared, chain, raw, out = sys.argv[1:]
sys.path.insert(0, str(Path(shared) / "refs" / "signals"))
import peer  # noqa: E402, F401  # dspeed, imported so that it does not crash
from dspeed import build_dsp  # noqa: E402

build_dsp(raw, out, chain, write_mode="r")
print(json.dumps({"file": out}))
