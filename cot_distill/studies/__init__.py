"""Studies: grids of experiments declared in a file, run with DVC, continued where they were stopped."""
