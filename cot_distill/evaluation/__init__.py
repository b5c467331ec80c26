"""Evaluation: asks a student, judges its answers, and computes how sure a number is."""
