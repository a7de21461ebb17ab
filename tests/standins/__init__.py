"""Stand-ins for those the bot talks to, strict or hostile: Telegram, publishers and hubs. Tests and drills use them."""
