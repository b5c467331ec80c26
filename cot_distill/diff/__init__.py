"""What a change did to the metrics: two revisions of one repository side by side, and a gate on the difference."""
