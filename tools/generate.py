"""Make the generated files again: JSON Schema, shell completions, page of processors, list of foreign crates."""

import subprocess
import sys
from pathlib import Path

import check_dependencies

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"docs/processors.md": ["--package", "germane-signals", "--example", "processor_page"]}
OUTPUTS = {
    "schemas/analysis.json": ["schema"],
    "completions/germane.bash": ["completions", "bash"],
    "completions/_germane": ["completions", "zsh"],
    "completions/germane.fish": ["completions", "fish"],
}


def main():
    """Write each file from what the command prints."""
    subprocess.run(["cargo", "build", "--locked", "--quiet"], cwd=ROOT, check=True)
    runs = {name: ["--", *arguments] for name, arguments in OUTPUTS.items()} | PAGES
    for name, arguments in runs.items():
        command = ["cargo", "run", "--locked", "--quiet", *arguments]
        text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
        path = ROOT / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
    (ROOT / "THIRD_PARTY.md").write_text(check_dependencies.third_party())


if __name__ == "__main__":
    sys.exit(main())
