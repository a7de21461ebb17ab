"""English. Telegram's HTML, except where a value says that it is plain text."""

from collections.abc import Mapping

START = """\
<b>Newsvane</b> watches news feeds and tells you here when something you care about is in the news: \
minutes after it is published, without duplicates, with the words that matched in bold."""
START_NEXT = (
    "Write me what you care about in a few words, such as <code>Turkish planes</code>: I say what I would have found, "
    "and you keep it with a tap.\n\nAvailable: {names}\n\nTry <code>/subscribe {example}</code>, or /help for all "
    "commands."
)

START_TAKE = "Send <code>/subscribe {name}</code> to get its alerts here."
GREETING = """\
<b>Newsvane</b> tells this chat when something you care about is in the news. Its administrators choose what: \
<code>/watch</code> with words of their own, or one of /watchlists."""
DESCRIPTION = """\
I watch news feeds and tell you when something you care about is in the news: soon after it is published, once, and \
with the words that matched in bold. Press Start, then write a few words, or choose from /watchlists."""
SHORT_DESCRIPTION = "News alerts for the words you care about, each sent once, with the words that matched."
TOPIC_GONE = "The topic that alerts went to is closed or deleted. /subscribe in another topic moves them there."

HELP_GROUPS = {"watch": "Watch", "feeds": "Feeds", "other": "Other"}
HELP_COMMAND = "/{usage} – {description}"
HELP_LAST = (
    "An alert shows the headline, the publisher's sentence, what the article says of it (¶7 is its seventh paragraph), "
    "and in bold the words that fired it. What is only mentioned in an article comes without a sound. "
    "Each alert has a short id at its end. If the same id comes twice, it is a repeat, not a new alert."
)

OFFER_FIRST = "Available watchlists:"
OFFER = "<b>{name}</b> – {title}{silent}\nlooks for <code>{query}</code>{feeds}"
OFFER_SILENT = " (arrives without a sound)"
OFFER_FEEDS = "\nin {feeds}"
OFFER_LAST = "Subscribe to one: <code>/subscribe {example}</code>"

SUBSCRIBED = "Subscribed to {names}."
MET = " {counts} in the last {days}."
MET_SO_FAR = " {counts} so far, in {days} of news."
MET_EACH = "{name} {count}"
SUBSCRIBED_ALREADY = "You already get {names}."
UNSUBSCRIBED = "Unsubscribed from {names}."
UNSUBSCRIBED_NEVER = "You were not subscribed to {names}."
UNKNOWN_NAME = "There is no watchlist <b>{name}</b>.{hint}"
UNKNOWN_NAME_HINT = " Did you mean <code>/{command} {name}</code>?"
UNKNOWN_NAMES_MORE = "{number} other names are unknown too."
AVAILABLE = "Available: {names}"
NAMES_WANTED = "Which one? For example <code>/{command} {example}</code>\nAvailable: {names}"
NAMES_WANTED_OWN = "Which one? For example <code>/{command} {example}</code>\nYours: {names}"
EXAMPLE_FIRST = "This is what an alert looks like (the newest match so far):"
EXAMPLE_NONE = "No match yet. You will get a message at the first one."
EXAMPLE_MORE = "Earlier matches:"

WATCH_USAGE = (
    "Say what you want to hear of, in your own words: <code>/watch Turkish planes</code>. Or just write the words to "
    "me. A comma means <i>or</i>; <code>NEAR/5</code>, <code>AND</code>, <code>NOT</code> and <code>title:</code> "
    "narrow it."
)
TEST_USAGE = "Give the words to try: <code>/test Turkish planes</code>. Nothing is kept."
WATCH_READ = "I would look for {reading}."
WATCH_NO_NEWS = "There is no news yet to try it on."
WATCH_FIRED = "Of {items} in {days} it would have told you of {count}, by headline and summary alone:"
WATCH_SILENT = "Of {items} in {days} it would have told you of none, by headline and summary alone."
WATCH_WIDER_FINDS = "Wider, it finds {count}: {query}"
WATCH_KEEP = "Keep"
WATCH_ABOUT = "Only headlines"
WATCH_TRY = "Try {query}"
WATCH_MORE = "+ {word}: {more} more"
WATCH_LEAVE = "Cancel"
WATCH_KEPT = "Kept as <b>{name}</b>: {query}. You hear of it from now on. /list shows all you watch, /unwatch ends it."
WATCH_KEPT_ABOUT = (
    "Kept as <b>{name}</b>: {query}, in headlines and summaries alone. You hear of it from now on. /list shows all you "
    "watch, /unwatch ends it."
)
WATCH_NONE = "Nothing is kept."
WATCH_WRONG = "I cannot read that:"
WATCH_PERHAPS = "Perhaps: {query}"
RENAMED = "<b>{name}</b> is now called {title}."
RENAME_USAGE = (
    "Give the name of a watch of yours, and what to call it: <code>/rename NAME TITLE</code>. Yours: {names}."
)
RENAME_NONE = "You have no watch of your own. <code>/watch Turkish planes</code> makes one."
LIST_OWN = "<b>{name}</b> – {query}"
LIST_OWN_ABOUT = "<b>{name}</b> – {query} (headlines only)"
LIST_OWN_UNREAD = "<b>{name}</b> – {query} (finds nothing any longer: a word group in it is gone)"
LIST_REMOVE = "✕ {name}"
STOPPED_OWN = "Your own watches are gone, too. To have them again:\n{watches}"

LIST_FIRST = "Your watchlists:"
LIST_ENTRY = "<b>{name}</b> – {title}"
LIST_GONE = "<b>{name}</b> – no longer available here"
LIST_NONE = "You have no watchlists and no words of your own. Write a few, or see /watchlists."

LATEST_FIRST = "Newest matches of {names}:"
LATEST_NONE = "No matches of {names} yet."

ASIDES = (
    "{number} items today named what the watchlist {watch} looks for only beside the matter: far down in an article, "
    'or in the caption of a picture. They come without a sound. To hear of none of these, write scope = "mention" '
    'under name = "{watch}" in watchlists.toml, and start the bot anew.'
)

STATUS_FEED = "<b>{title}</b>: {health}"
STATUS_FEED_WELL = "checked {age}, last new item {new}"
STATUS_PAGES_FIRST = "; articles: {pages}"
STATUS_PAGES: Mapping[str, str] = {
    "read": "read",
    "walled": "behind a wall",
    "failed": "not readable",
    "dropped": "not read in time",
    "unchanged": "found when their alerts could not be changed",
}
"""What came of a feed's pages, by the field of `Pages` that counts it; behind its number."""
STATUS_PAGES_LAST = " (the last: {why})"
STATUS_NO_PAGES = (
    "The articles behind links are not read. Who runs the bot can have them read: "
    "<code>pip install &quot;newsvane[article]&quot;</code>"
)
STATUS_FEED_WAITS = "not checked yet"
STATUS_FEED_BROKEN = "failing since {since} ({error}); last tried {age}, I keep trying"
STATUS_QUEUE = "Waiting to be sent: {queued}{oldest}."
STATUS_SENT = "Sent in the last 7 days: {sent}."
STATUS_OLDEST = ", the oldest from {age}"
STATUS_TROUBLE = (
    "Not certain to have arrived: {uncertain}. Refused by Telegram: {dead}. Given up after a day: {expired}."
)
STATUS_KNOWN = "Known items: {known}. Watchlists: {watches}."

STATE_TROUBLE: Mapping[str, str] = {
    "refused": "The bot's disk refuses to be written (since {since}). Polls pause and alerts wait; nothing is lost. "
    "Free some space, or mend the permissions of the state directory, and it goes on by itself.",
    "misplaced": "Files of the bot's state were removed or replaced under it ({names}; noticed {since}). Nothing is "
    "lost while the bot runs, so do not stop it: it writes them anew as soon as the disk allows.",
    "put back": "Files of the bot's state were removed or replaced under it ({names}). They were written anew {since}; "
    "nothing is lost. Stop the bot before you touch its state.",
}
"""What is wrong with the state, or was. Plain text."""
NOW = "just now"

FEEDS_ENTRY = "{icon} <b>{name}</b> – {title}{own}: {how}"
FEEDS_OWN = " (yours)"
FEEDS_TIMES = "last check {polled}, {items} in the last {checks}, newest {new}; {next}"
FEEDS_NEXT = "next check {next}"
FEEDS_NEXT_NOW = "checking now"
FEEDS_MORE = "And {number} more."
FEEDS_LAST = "Add one with <code>/addfeed example.com</code>; change yours with /renamefeed, /pausefeed, /removefeed."
FEEDS_NONE_OWN = "none yet; /addfeed adds one"
ADDFEED_USAGE = "Send /addfeed with a website or feed address, e.g. <code>/addfeed themoscowtimes.com</code>"
ADDFEED_LOOKING = "Looking at {address} …"
ADDFEED_FAILED = "Nothing was added. {reason}"
ADDFEED_NO_ADDRESS = "This does not look like a web address. Example: https://example.com/feed"
ADDFEED_FORBIDDEN = "This address is not on the public internet, so I cannot read it."
ADDFEED_SILENT = "The site did not answer. Check the address, or try again later."
ADDFEED_NOT_THERE = "There is nothing at this address ({status}). Check it, or send me the address of the site."
ADDFEED_NOT_ALLOWED = "The site does not let me read this address ({status})."
ADDFEED_BUSY_SITE = "The site is too busy to answer ({status}). Try again later."
ADDFEED_UNREADABLE = (
    "There is no feed at this address that I can read. Look on the site for a link named RSS or Atom, and send me that."
)
ADDFEED_MORE = "Also found:"
ADDFEED_KNOWN = "You already get alerts from it, as <b>{name}</b>."
ADDFEED_TAKE = "Watch {title}"
ADDFEED_LEAVE = "None of these"
ADDFEED_NONE = "Nothing was added."
ADDFEED_ADDED = "Added {title} as <b>{name}</b>. You will get alerts for new articles from now on."
ADDFEED_FOR_ALL = "Every subscriber of this bot gets it."
ADDFEED_FOR_CHAT = "Only this chat gets it."
ADDFEED_WATCHES = "What you watch for applies to it: {names}."
ADDFEED_NO_WATCHES = "Now write a few words to look for in it, or choose from /watchlists"
FEED_WANTED = "Which one? <code>/{command} NAME</code>\nYours: {names}"
FEED_TITLE_WANTED = "Add the new title: <code>/renamefeed {name} New title</code>"
FEED_REMOVED = "Removed <b>{name}</b>. Articles you were already told about will not come again."
FEED_RENAMED = "<b>{name}</b> is now called {title}."
FEED_PAUSED = "Paused <b>{name}</b>. <code>/resumefeed {name}</code> turns it on again."
FEED_RESUMED = "Resumed <b>{name}</b>."
FEED_RESUMED_LATER = "Resumed <b>{name}</b>. Its publisher has asked to be left alone for now; next check {next}."

STOPPED = "Stopped. You will get no more alerts. To get {names} again: <code>/subscribe {again}</code>"
STOPPED_ALL = "Stopped. You will get no more alerts."
STOPPED_NOTHING = "There is nothing to stop: you have no watchlists."

UNKNOWN_COMMAND = "I do not know the command /{name}.{hint} See /help."
UNKNOWN_COMMAND_HINT = " Did you mean /{name}?"
NOT_A_COMMAND = (
    "Write a few words and I try them as a watch, or a command: see /help, and /watchlists for what there is."
)
TOO_MANY_COMMANDS = (
    "I answer {number} commands a minute in one chat, and these were more. I go on in {seconds} seconds; until then I "
    "am silent."
)
ADMINISTRATORS_ONLY = "In a group only its administrators can do this."
ANONYMOUS = "I cannot see who you are. Please send this under your own name, as an administrator."
MEMBERS_UNKNOWN = "Telegram did not tell me who the administrators are. Please try again."
MEMBERS_HIDDEN = (
    "This group hides its members, so I cannot see who its administrators are. Make me an administrator, without any "
    "rights, and try again."
)
OWNER_ONLY = "This bot is private."
OWNER_ONLY_PRIVATE = "This bot is private. If it is yours, your Telegram id is {user}: set owner = {user}."
TRY_AGAIN = "I could not save that. Please try again later."
BROKE = "Something went wrong. The bot's owner can see the details in the log."

CONDITIONS: Mapping[str, str] = {
    "well": "OK",
    "paused": "paused",
    "not polled yet": "not checked yet",
    "gone": "gone",
    "broken": "failing for long",
    "recovering": "recovering",
    "failing": "failing",
    "stale": "unusually quiet",
    "slow": "slow",
}
"""How a feed is doing, by the word of `poll.health.condition`."""
CONDITION_ICONS: Mapping[str, str] = {"well": "✅", "paused": "⏸", "not polled yet": "⏳", "gone": "❌", "broken": "❌"}
CONDITION_ICON_ELSE = "⚠️"

FEED_NEWS: Mapping[str, str] = {
    "gone": "{title} is gone: its publisher has removed it for good ({error}). You will get nothing more from it.",
    "broken": "{title} has been failing since {since}: {error}. You will get nothing from it until it recovers; I keep "
    "trying.",
    "stale": "{title} answers, but its last news came {new}, which is unusual for it. It may have stopped.",
    "slow": "{title} takes {seconds:.0f} seconds to answer. Its news may come late.",
    "well": "{title} works again.",
    "moved": "{title} has moved to {address}; I check it there now.",
}
"""News of a feed itself. Plain text."""
FEED_MOVED_CONFIG = " Change its url in feeds.toml when you next edit it."
FEED_FLOOD = (
    "{title} showed too many new entries at once. I looked at the newest {taken}, and not at the other {passed}."
)
NOBODY_ANSWERS = "No other feed answers either, so the bot's own connection may be down."
OVERFLOW = "… and {number} more from the feeds that you added: /latest"

REFUSALS: Mapping[str, str] = {
    "busy": "I am still looking at the address that you gave before. Wait for what I find, then send this again.",
    "crowded": "I am looking at as many addresses as I can. Please send this again in a minute.",
    "watch offer expired": "That was offered a while ago, or taken since. Send the words again.",
    "trying": "I am still trying the words that you sent before. Wait for what they find, then send these again.",
    "too many trials": "I am trying the words of many at once. Please send this again in a minute.",
    "too many watches": "A chat may have {quota} watches of its own. Give one up first with /unwatch; /list has them.",
    "no watch": "You have no watch of your own named {name}. /list shows yours.",
    "bad watch title": "A title is one line of 1 to {most} letters.",
    "choice expired": "This choice was made already, or it has expired. /feeds shows your feeds.",
    "feed removed": "That feed was removed in the meantime. Give the address once more.",
    "bad title": "A title is 1 to 100 letters in one line.",
    "no feed": "There is no feed {name}.",
    "feed of the config": "{name} is shared by everyone; only the bot's owner can change it, in feeds.toml.",
    "feed of all": "{name} is shared by everyone; only the bot's owner can change it.",
    "too many feeds": "A chat may have {quota} feeds of its own, and this one has {has}. Remove one first.",
    "unknown request": "The running bot does not know this request. It may be of another version: restart it.",
}
"""Why a request was refused. Plain text."""

MORE_WATCHLISTS = "and {number} more of your watchlists"
MENTIONED_IN = " (mentioned, ¶{number})"
MENTIONED = " (mentioned)"
PARAGRAPH = "¶{number} {text}"
PUBLISHED = "published {when}"
PUBLISHED_EARLIER = "published {age} earlier"
