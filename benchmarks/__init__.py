"""Measures what things cost. Each benchmark is one command; figures stand in docs/benchmarks.md."""
