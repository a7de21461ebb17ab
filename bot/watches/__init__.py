"""Watches: what is looked for, and why it hit, pure."""
