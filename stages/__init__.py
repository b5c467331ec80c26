"""The stages of the pipeline: `python -m stages.NAME` runs one."""

import sys

from cot_distill.stopping import end_at_once_on_interrupt

if sys.argv[:1] == ["-m"]:  # Python is still looking for the stage to run, and imports it next
    end_at_once_on_interrupt("stopped; run the same command again to continue")
    # transformers would spend a second on importing scikit-learn, with scipy and pandas, which only assisted decoding
    # needs.
    sys.modules["sklearn"] = None  # type: ignore[assignment]
