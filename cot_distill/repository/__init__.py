"""The repository that a project lies in: git, DVC's view of its files, and private checkouts that share its cache."""
