"""Alerts: what goes out, in what words, when."""
