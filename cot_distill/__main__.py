"""Where `cot-distill` starts: Ctrl-C is one line also while the command line's modules are imported."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C before it stands ends it as Ctrl-C later does, with one line and code 130."""
    try:
        from cot_distill.cli import main as run
    except KeyboardInterrupt:
        print("cot-distill: stopped", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
