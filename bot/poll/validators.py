"""What the next request to a feed carries, and where it goes. Pure."""

from dataclasses import replace
from hashlib import blake2b

from bot.model import Fetched, NotModified, Validators

MOVES_AFTER = 3
"""How often in a row a permanent redirect must lead to the same address until that is asked directly."""
ADDRESS_KEPT = 86_400.0
"""Seconds of failures after which a feed that had moved is asked at its own address again."""


def body_hash(answer: Fetched) -> str:
    """Return what tells a body from others."""
    return blake2b(answer.body, digest_size=16).hexdigest()


def after_success(validators: Validators, answer: Fetched | NotModified, hashed: str) -> Validators:
    """Return the validators of the last 200, with what a 304 brought anew (RFC 9111 §3.2 and §4.3.4).

    `hashed` is the hash of a body that was parsed, empty if none was.
    """
    kept = validators if isinstance(answer, NotModified) else Validators()
    return replace(
        _moved(validators, answer.permanent),
        etag=answer.etag or kept.etag,
        last_modified=answer.last_modified or kept.last_modified,
        body_hash=hashed or validators.body_hash,
    )


def after_failure(validators: Validators, failing: float) -> Validators:
    """Return the validators as they were, so that nothing is missed when the feed works again.

    The address that redirects led to may die while the feed's own one lives: after `failing` seconds that is asked.
    """
    address = "" if failing > ADDRESS_KEPT else validators.address
    return replace(validators, address=address, moving_to="", moving=0)


def _moved(validators: Validators, permanent: str) -> Validators:
    """Follow permanent redirects for good once they have led to one address often enough (RFC 9110 §15.4.2)."""
    if not permanent:
        return replace(validators, moving_to="", moving=0)
    times = validators.moving + 1 if permanent == validators.moving_to else 1
    if times < MOVES_AFTER:
        return replace(validators, moving_to=permanent, moving=times)
    return replace(validators, address=permanent, moving_to="", moving=0)
