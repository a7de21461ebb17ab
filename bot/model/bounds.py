"""What strangers may make grow, and how far: one bound a line, each with its reason.

Listed in docs/reliability.md, with what happens where they bite.

Bounds of one message, one body or one address, which hold nothing over, stand where they are applied.
"""

WAITING_ROWS = 200
"""Deliveries that may wait for a chat before its own feeds add no more: over three minutes of one message a second."""
FEEDS = 20
"""Feeds that one chat may have of its own."""
LOOKS = 16
"""Addresses that are looked at for chats at once, one a chat."""
OFFERS, OFFER_SECONDS = 200, 900.0
"""Offers that wait for an answer, each holding a feed's entries, and how long they wait."""
PRIVATE_POLLS, PRIVATE_POLLS_EACH = 8, 2
"""Polls of chats' own feeds at once, and of one chat's: each may hold a body of 8 MiB. Others wait, chats in turn."""
