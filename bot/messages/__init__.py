"""Messages: every sentence that people read in a chat, one file a language. Values are put in by name."""
