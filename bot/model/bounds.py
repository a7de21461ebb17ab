"""What strangers may make grow, and how far: one bound a line, each with its reason.

Listed in docs/reliability.md, with what happens where they bite.

Bounds of one message, one body or one address, which hold nothing over, stand where they are applied.
"""

WAITING_ROWS = 200
"""Deliveries that may wait for a chat before its own feeds add no more: over three minutes of one message a second."""
NEW_ENTRIES = 100
"""New entries that are taken from one poll of a chat's own feed; what is older is known and counted."""
KEPT_TITLE, KEPT_SUMMARY = 500, 2_000
"""Characters of an item's texts that are kept: an alert shows at most 300 and 700, and why it came."""
KEPT_BODY = 2_000
"""Characters of an item's article that are kept: some sentences with what was found. Publishers own the rest."""
FEEDS = 20
"""Feeds that one chat may have of its own."""
WATCHES = 50
"""Watches that one chat may have of its own."""
TRIALS = 16
"""Queries that are tried for chats at once, one a chat."""
WATCH_OFFERS = 1_000
"""Queries that wait to be kept as a watch, one a chat: each is 1,000 characters at most."""
LOOKS = 16
"""Addresses that are looked at for chats at once, one a chat."""
NAMES = 5_000
"""Names that stay known for a feed, or as many as it shows: months of a lively one. Of what is older few come again."""
OWN_ITEMS = 200
"""Items of a chat's own feed that are kept whole: /latest shows five, and as many may wait for a chat."""
ITEMS, ITEMS_DAYS = 200_000, 30.0
"""Items of everybody's feeds that are kept whole, and for how many days: what /latest and trials of a watch look at."""
TROUBLED_ROWS = 10_000
"""Deliveries in trouble (uncertain, dead, expired) that are shown and can be sent again: nobody reads more."""
ANSWERS, ANSWERS_BYTES = 5_000, 8 * 2**20
"""Addresses of chats' feeds whose last answer is kept for others who ask the same, and the bytes of all their bodies.
One that is dropped is asked again."""
OFFERS, OFFER_SECONDS = 200, 900.0
"""Offers that wait for an answer, and how long they wait."""
OFFERED_TEXT = 8 * 2**20
"""Characters of entries that offers keep so that who takes one need not ask again; beyond, the address is kept."""
PRIVATE_POLLS, PRIVATE_POLLS_EACH = 8, 2
"""Polls of chats' own feeds at once, and of one chat's: each may hold a body of 8 MiB. Others wait, chats in turn."""
WANTED, WANTED_EACH = 5_000, 100
"""Pages of everybody's feeds that wait to be read, and of one chat's own: hundreds of bytes each."""
PAGES_WAIT = 21_600.0
"""Seconds after which a page that was not read is wanted no longer: nobody wants to be told then."""
PAGES_AN_HOUR = 60
"""Pages that a host is asked for within an hour, unless the operator sets another number; for chats' own feeds a third
of them."""
PAGES_AT_ONCE = 4
"""Pages that are asked for at once: each may hold a body of 8 MiB."""
PAGES_OF_CHATS = 2
"""Pages of chats' own feeds among them: who has many at hosts that hang must not have all places."""
HOLDS, LONGEST_HOLD = 1_000, 31 * 86_400.0
"""Hosts of which is remembered over a restart that they want to be left alone, and for how many seconds at most."""
ARTICLES, ARTICLES_TEXT = 200, 2**20
"""Articles that stay at hand for who wants the same page next, and the characters of all of them."""
COMMANDS, COMMANDS_WITHIN = 20, 60.0
"""Commands and pressed buttons of one chat that are answered within so many seconds."""
REPLIES_EACH, REPLIES = 30, 5_000
"""Answers that wait for one chat, a few more than a minute's commands have, and for all: some kilobytes each."""
PRESSES = 500
"""Pressed buttons that Telegram has yet to be told were noticed: as many as are so within the time that it cares."""
