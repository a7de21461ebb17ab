"""The demo: the real bot between a publisher and a small Bot API, all on loopback, and a chat in the terminal."""
