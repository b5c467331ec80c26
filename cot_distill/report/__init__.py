"""The report: everything that a set of runs says, as one HTML file that needs nothing else."""
