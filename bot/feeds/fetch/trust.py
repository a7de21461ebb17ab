"""Whose word is taken for a publisher's certificate."""

import ssl


def trusting(ca_file: str) -> ssl.SSLContext | bool:
    """Return what publishers' certificates are checked by: the machine's authorities, and those of a file."""
    if not ca_file:
        return True
    context = ssl.create_default_context()
    context.load_verify_locations(ca_file)
    return context
