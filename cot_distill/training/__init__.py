"""Training: TRL made fast on packed rows, on one device or several, continued where it was stopped."""
