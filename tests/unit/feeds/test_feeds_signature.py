"""A push is taken for its hub's only if it is signed with the lease's secret."""

import hashlib

import pytest

from bot.feeds.websub.signature import METHODS, is_signed, signature

# RFC 2202 case 2 (SHA-1) and RFC 4231 case 2 (the others): key "Jefe", data "what do ya want for nothing?".
VECTORS = {
    "sha1": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    "sha256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "sha384": ("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"),
    "sha512": (
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    ),
}
DATA = b"what do ya want for nothing?"


@pytest.mark.parametrize("method", METHODS)
def test_the_published_vectors_are_met(method):
    assert signature(method, "Jefe", DATA) == f"{method}={VECTORS[method]}"
    assert is_signed(f"{method}={VECTORS[method]}", "Jefe", DATA)


@pytest.mark.parametrize("method", METHODS)
def test_another_body_secret_or_digest_is_not_signed(method):
    header = signature(method, "Jefe", DATA)
    assert not is_signed(header, "Jefe", DATA + b" ")
    assert not is_signed(header, "jefe", DATA)
    assert not is_signed(header[:-1] + ("0" if header[-1] != "0" else "1"), "Jefe", DATA)
    assert not is_signed(header[:-2], "Jefe", DATA)
    for other in set(METHODS) - {method}:
        assert not is_signed(f"{other}={VECTORS[method]}", "Jefe", DATA)


def test_letters_of_either_case_and_space_around_are_let_pass():
    assert is_signed(f" SHA1={VECTORS['sha1'].upper()} ", "Jefe", DATA)


@pytest.mark.parametrize(
    "header",
    ["", "=", "sha1", "sha1=", f"md5={hashlib.md5(DATA, usedforsecurity=False).hexdigest()}", "sha1=é", "sha1=\ud800"],
)
def test_what_is_no_signature_is_refused_and_breaks_nothing(header):
    assert not is_signed(header, "Jefe", DATA)


def test_without_a_secret_nothing_is_signed():
    assert not is_signed(signature("sha256", "", DATA), "", DATA)
