"""A project's repository: git, DVC's view of its files, and private checkouts that share its cache."""
