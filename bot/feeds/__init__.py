"""Feeds: how news comes in. `cadence` says when to ask, `fetch` asks, `parse` reads the answer."""
