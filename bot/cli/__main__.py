"""`python -m bot.cli`: the same as `newsvane`."""

from bot.cli.main import main

main()
