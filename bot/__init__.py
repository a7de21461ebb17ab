"""Newsvane: watches news feeds for people and tells them in Telegram. Open `pipeline.py` first."""

__version__ = "0.1.0"
