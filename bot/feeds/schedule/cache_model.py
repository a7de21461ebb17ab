"""What a publisher's cache keeps and who makes it new: if others do as well, a late request meets an old copy. Pure."""

from dataclasses import dataclass

TELLING_LATENESS = 10.0  # seconds after a copy's end that tell something: by then others would have had a new one made
LEARNING_RATE = 0.1  # of what one late request shows, what is believed
SHARED_DECAY = 0.995  # what is believed after a request that could show nothing, so that it is tried again in a day
LIFE_DECAY = 0.999  # the same of the longest freshness seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """When the last copy ends, how many seconds a new one is fresh, and how surely others have it made (0 to 1)."""

    until: float = 0.0
    life: float = 0.0
    shared: float = 0.0


def met(copies: Copies, *, now: float, fresh_until: float) -> Copies:
    """Learn from a copy that ends at `fresh_until` whether it was made for us or before we came."""
    fresh = max(fresh_until - now, 0.0)
    late = now - copies.until if copies.until else 0.0
    shared = copies.shared * SHARED_DECAY
    if fresh and TELLING_LATENESS < late < copies.life:
        age = min(max(copies.life - fresh, 0.0), late)
        shared = copies.shared + (age / late - copies.shared) * LEARNING_RATE
    life = max(fresh, copies.life * LIFE_DECAY)
    return Copies(until=round(fresh_until, 1) if fresh else 0.0, life=round(life, 1), shared=round(shared, 3))
