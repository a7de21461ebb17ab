"""Whether a push is signed by who knows the lease's secret (WebSub §7.1). Pure."""

import hmac

METHODS = ("sha1", "sha256", "sha384", "sha512")
"""The digests that a hub may sign with (WebSub §7.1.1)."""


def is_signed(header: str, secret: str, body: bytes) -> bool:
    """Return whether `header`, the value of X-Hub-Signature, is `method=hex` for this body as it was sent.

    The comparison takes the same time wherever two digests differ.
    """
    method, equals, given = header.strip().partition("=")
    method = method.lower()
    if not equals or method not in METHODS or not secret:
        return False
    wanted = signature(method, secret, body).encode()
    return hmac.compare_digest(wanted, f"{method}={given.lower()}".encode("utf-8", "replace"))


def signature(method: str, secret: str, body: bytes) -> str:
    """Return the value of X-Hub-Signature for a body. `method` is one of `METHODS`."""
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"
