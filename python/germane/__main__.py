"""The command: ``python -m germane`` and the script ``germane``."""

import sys

from germane import _core


def main() -> int:
    """Run the command with the arguments of the process and return its exit code."""
    return _core.main(["germane", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
