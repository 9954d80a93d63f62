"""Where the repository is, and how its documents are read."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def read(path: Path) -> Any:
    """A JSON document."""
    return json.loads(path.read_text())
