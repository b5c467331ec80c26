"""Evaluation: asking a student, judging its answers, and how sure a number is."""
