"""The longer commands of `cot-distill`, one file each."""
