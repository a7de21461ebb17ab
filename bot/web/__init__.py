"""The bot's own door: where hubs bring news and a monitor asks how it is."""
