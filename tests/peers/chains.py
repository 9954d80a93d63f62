"""Whole chains by dspeed: its output file, one job of refs/signals/jobs.json. usage: chains.py SHARED JOB OUT.lh5"""

import json
import sys
from pathlib import Path

shared, name, out = sys.argv[1:]
folder = Path(shared) / "refs" / "signals"
sys.path.insert(0, str(folder))
import peer  # noqa: E402, F401  # dspeed, imported so that it does not crash
from dspeed import build_dsp  # noqa: E402

job = next(job for job in json.loads((folder / "jobs.json").read_text()) if job["name"] == name)
build_dsp(
    str(folder / job["raw"]),
    out,
    str(folder / job["chain"]),
    database=str(folder / job["database"]) if job["database"] else None,
    lh5_tables=job.get("tables"),
    base_group=job.get("base_group"),
    write_mode="r",
)
print(json.dumps({"file": out}))
