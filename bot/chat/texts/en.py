"""The words of the bot in English."""

START = """\
<b>Newsvane</b> watches news feeds and tells you here when something you care about is in the news: \
at once, once, and showing why."""
START_NEXT = "On offer: {names}\n\nTry <code>/subscribe {example}</code>, or /help for all commands."

START_TAKE = "Send <code>/subscribe {name}</code> to be told of it here."
GREETING = """\
<b>Newsvane</b> tells this chat when something you care about is in the news. Its administrators choose what: \
/watchlists shows what is on offer."""
DESCRIPTION = """\
I watch news feeds and tell you when something you care about is in the news: soon after it is published, once, and \
with the words that matched in bold. Press Start, then choose from /watchlists."""
SHORT_DESCRIPTION = "News alerts for the words you care about, each once, showing why it came."
TOPIC_GONE = "The topic that alerts went to is closed or deleted. /subscribe in another topic moves them there."

HELP_FIRST = "What I understand:"
HELP_COMMAND = "/{usage} – {description}"
HELP_LAST = (
    "An alert shows the headline, the publisher's sentence, and in bold the words that fired it. "
    "Each alert has a short id at its end; a copy of it would have the same."
)

OFFER_FIRST = "Watchlists on offer:"
OFFER = "<b>{name}</b> – {title}{silent}\nlooks for <code>{query}</code>{feeds}"
OFFER_SILENT = " (arrives without a sound)"
OFFER_FEEDS = "\nin {feeds}"
OFFER_LAST = "Take one with <code>/subscribe {example}</code>"

SUBSCRIBED = "Subscribed to {names}."
SUBSCRIBED_ALREADY = "You have {names} already."
UNSUBSCRIBED = "Unsubscribed from {names}."
UNSUBSCRIBED_NEVER = "You did not have {names}."
UNKNOWN_NAME = "There is no watchlist <b>{name}</b>.{hint}"
UNKNOWN_NAME_HINT = " Did you mean <code>/{command} {name}</code>?"
UNKNOWN_NAMES_MORE = "Nor {number} other names."
NAMES_WANTED = "Say which: <code>/{command} {example}</code>\nOn offer: {names}"
NAMES_WANTED_OWN = "Say which: <code>/{command} {example}</code>\nYou have: {names}"
EXAMPLE_FIRST = "This is what an alert looks like; the newest match so far:"
EXAMPLE_NONE = "Nothing in the news has met it so far. You will hear from me when something does."
EXAMPLE_MORE = "Matches before that:"

LIST_FIRST = "Your watchlists:"
LIST_ENTRY = "<b>{name}</b> – {title}"
LIST_GONE = "<b>{name}</b> – no longer on offer here"
LIST_NONE = "You have no watchlists. See /watchlists for what is on offer."

LATEST_FIRST = "Newest matches of {names}:"
LATEST_NONE = "Nothing in the news has met {names} so far."

STATUS_FEED = "<b>{title}</b>: {health}"
STATUS_FEED_WELL = "polled {age}, last new item {new}"
STATUS_FEED_WAITS = "not polled yet"
STATUS_FEED_BROKEN = "no answer of use since {since} ({error}); tried {age}, I keep trying"
STATUS_QUEUE = "Queue: {queued} to send{oldest}. Sent in the last 7 days: {sent}."
STATUS_OLDEST = ", the oldest from {age}"
STATUS_TROUBLE = (
    "Not certain to have arrived: {uncertain}. Refused by Telegram: {dead}. Given up after a day: {expired}."
)
STATUS_KNOWN = "Items known: {known}. Watchlists on offer: {watches}."

FEEDS_ENTRY = "<b>{name}</b> – {title}{own}: {how}"
FEEDS_OWN = " (yours)"
FEEDS_TIMES = "polled {polled}, last news {new}, next poll {next}"
FEEDS_POLLS = "last polls: {polls}"
FEEDS_MORE = "And {number} more."
FEEDS_LAST = "Add one with <code>/addfeed example.com</code>; change yours with /renamefeed, /pausefeed, /removefeed."
FEEDS_NONE_OWN = "none yet; /addfeed adds one"
ADDFEED_USAGE = "Send /addfeed with a website or feed address, e.g. <code>/addfeed themoscowtimes.com</code>"
ADDFEED_LOOKING = "Looking at {address} …"
ADDFEED_BUSY = "I am still looking at another address. Try again in a minute."
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
ADDFEED_MORE = "Also there:"
ADDFEED_KNOWN = "You get alerts from it already, as <b>{name}</b>."
ADDFEED_TAKE = "Watch {title}"
ADDFEED_LEAVE = "None of these"
ADDFEED_NONE = "Nothing was added."
ADDFEED_ADDED = "{title} is watched as <b>{name}</b>. You will get alerts for new articles from now on."
ADDFEED_FOR_ALL = "Every subscriber of this bot gets it."
ADDFEED_FOR_CHAT = "Only this chat gets it."
ADDFEED_WATCHES = "Your watchlists {names} apply to it."
ADDFEED_NO_WATCHES = "Now say what to look for in it: see /watchlists."
FEED_WANTED = "Say which: <code>/{command} NAME</code>\nYours: {names}"
FEED_TITLE_WANTED = "Say how to call it: <code>/renamefeed {name} Another title</code>"
FEED_REMOVED = "<b>{name}</b> is removed. Articles you were already told about will not come again."
FEED_RENAMED = "<b>{name}</b> is called {title} from now on."
FEED_PAUSED = "<b>{name}</b> is paused. <code>/resumefeed {name}</code> turns it on again."
FEED_RESUMED = "<b>{name}</b> is on again."

STOPPED = "Stopped: no more alerts. You had {names}; <code>/subscribe {again}</code> brings them back."
STOPPED_NOTHING = "There was nothing to stop: you have no watchlists."

UNKNOWN_COMMAND = "I do not know /{name}.{hint} See /help."
UNKNOWN_COMMAND_HINT = " Did you mean /{name}?"
NOT_A_COMMAND = "I understand commands. See /help, or /watchlists for what is on offer."
ADMINISTRATORS_ONLY = "In a group only its administrators can do this."
ANONYMOUS = "I cannot see who you are. Please send this under your own name, as an administrator."
MEMBERS_UNKNOWN = "I could not ask Telegram who the administrators are. Please try again."
MEMBERS_HIDDEN = (
    "This group hides its members, so I cannot see who its administrators are. Make me an administrator, without any "
    "rights, and try again."
)
OWNER_ONLY = "This bot is private."
OWNER_ONLY_PRIVATE = "This bot is private. If it is yours, your Telegram id is {user}: set owner = {user}."
TRY_AGAIN = "I could not write that down. Please try again later."
BROKE = "That went wrong, and was written down for who runs the bot."
