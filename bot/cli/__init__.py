"""The command line: `main` has the commands, the other files what several of them share or one of them is.

main · feeding (newsvane feeds) · keeping (state, backup, outbox) · trial (match) · report (poll) · place
"""
