"""Feeds: how news comes in."""
