"""How long the demo's parts wait for what should come at once, unless they are told otherwise."""

PATIENCE = 120.0
"""Seconds: much more than a slow and busy machine needs, so that only what hangs is given up."""
