"""Admin: looking after a running bot: its feeds, and the socket that the command line talks to it by."""
