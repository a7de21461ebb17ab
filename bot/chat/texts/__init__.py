"""Texts: the words of the bot, one file a language. In Telegram's HTML mode; `{…}` are filled in already escaped."""
