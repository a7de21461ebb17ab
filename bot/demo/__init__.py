"""Demo: a publisher and a Bot API on loopback, for trying and for tests."""
