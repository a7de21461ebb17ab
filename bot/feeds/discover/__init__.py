"""Find: from what a person gives (an address, a page, a list in OPML) to feeds that can be polled.

Pure: `address`, `charset`, `page`, `opml`, `naming`. `finder` asks, through the fetcher and its guard alone.
"""
