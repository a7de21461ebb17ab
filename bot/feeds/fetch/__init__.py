"""Fetch: how a publisher is asked, politely and within bounds."""
