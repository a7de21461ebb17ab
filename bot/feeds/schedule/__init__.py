"""Cadence: when a feed is asked next, pure."""
