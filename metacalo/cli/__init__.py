"""The command line: each command parses, calls one library function and prints."""

import sys


def main() -> None:
    """Run the command that the process was started with, and end with its exit code."""
    from metacalo.cli.app import run

    sys.exit(run(sys.argv[1:]))
