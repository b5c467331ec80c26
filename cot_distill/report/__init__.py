"""The report: the results of a set of runs as one HTML file that needs nothing else."""
