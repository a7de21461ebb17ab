"""What anybody else may make grow, and how far: one bound a line, each with its reason. docs/reliability.md lists them.

A stranger with a chat, a publisher, a reader or success itself reaches a bound and is told so; the bot goes on as
before. Bounds of one message, one body or one address, which hold nothing over, stand where they are applied.
"""

DAY = 86_400.0

# --- what a publisher shows ---------------------------------------------------------------------------------------

NEW_ENTRIES = 100
"""New entries that one poll of a chat's own feed may bring. A day of a large paper; the rest is known and counted."""
KNOWN_NAMES = 5_000
"""Names that stay known of a feed beside those that it shows: months of a large paper."""
TITLE_KEPT, SUMMARY_KEPT = 500, 2_000
"""Characters of an item's texts that are kept: more than an alert and /latest show of them."""

# --- what is kept of the news -------------------------------------------------------------------------------------

ITEMS_SECONDS, ITEMS_KEPT = 30 * DAY, 200_000
"""Seconds and number of items of everybody's feeds that are kept: what /latest and counts look back on."""
PRIVATE_ITEMS_KEPT = 200
"""Items that are kept of a chat's own feed, so that nobody's feed takes the room of another's."""

# --- what waits for a chat ----------------------------------------------------------------------------------------

WAITING_ROWS = 200
"""Alerts that may wait for one chat: over three minutes of one message a second. One message counts the rest."""

# --- what a chat may ask ------------------------------------------------------------------------------------------

COMMANDS, COMMANDS_SECONDS = 20, 60.0
"""Commands of one chat within so many seconds: more than anybody types."""
FEEDS = 20
"""Feeds that one chat may have of its own."""
LOOKS = 16
"""Addresses that are looked at for chats at once, one a chat."""
OFFERS, OFFER_SECONDS = 200, 900.0
"""Offers that wait for a choice, one a chat, each holding a feed's entries, and how long they wait."""

# --- what chats' own feeds hold at once ---------------------------------------------------------------------------

PRIVATE_POLLS, PRIVATE_POLLS_EACH = 8, 2
"""Polls of chats' own feeds at once, and of one chat's: each may hold a body of 8 MiB. Others wait, chats in turn."""
