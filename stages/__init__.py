"""The stages of the pipeline: `python -m stages.NAME` runs one."""

import sys

from cot_distill.stopping import end_at_once_on_interrupt

if sys.argv[:1] == ["-m"]:  # Python still looks for the stage that it was asked to run, whose imports come next
    end_at_once_on_interrupt("stopped; run the same command again to continue")
    # transformers would take a second to import scikit-learn, with scipy and pandas, for assisted decoding alone.
    sys.modules["sklearn"] = None  # type: ignore[assignment]
