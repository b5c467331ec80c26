"""Speed measurements: `make bench` prints one JSON line a figure."""
