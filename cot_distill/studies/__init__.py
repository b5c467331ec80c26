"""Studies: grids of experiments, declared in a file and run with DVC. A stopped study can be continued."""
