"""Runtime: what a process needs to live: logs, signals, the watchdog, the clock that ticks."""
