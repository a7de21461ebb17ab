"""Text: from markup to words, pure."""
