"""The entry point of `cot-distill`."""

from cot_distill.stopping import end_at_once_on_interrupt


def main() -> None:
    """Run the command line. Ctrl-C ends it with one line and code 130, also while its modules are imported."""
    end_at_once_on_interrupt("cot-distill: stopped")
    from cot_distill.cli import main as run

    run()


if __name__ == "__main__":
    main()
