"""Commands of `cot-distill` that are more than a few lines, a file each."""
