"""Passwords: argon2id, a rule that asks for length and nothing else, and one-time passwords.

Decided: a password is what was typed, code point by code point. It is never normalised, because one that is
changed on its way in is weaker than its owner believes; one that is not in NFC (another keyboard would write
it in other code points) is refused when it is set, with the reason, and not silently composed.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from base64 import b64encode

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from api.access.common_passwords import COMMON, WORDS
from api.errors import InvalidError

PARAMETERS = profiles.RFC_9106_LOW_MEMORY
"""Three passes over 64 MiB in four lanes: the second recommended choice of RFC 9106, section 4."""
SHORTEST, LONGEST = 12, 200
_FEWEST_DIFFERENT = 5
_BESIDE_A_WORD = 8
"""Characters that must be left of a password without the login, or the commonest word, in it."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without 0, 1, i, l, o: read from paper, typed once."""
_GROUPS, _GROUP = 4, 4
_HASHES_AT_ONCE = threading.BoundedSemaphore(4)
"""Each takes 64 MiB: a burst of logins must not take all of the memory."""


def hash_password(password: str) -> str:
    """Return the argon2id hash, with its parameters and a fresh salt; takes some 0.1 s on purpose."""
    with _HASHES_AT_ONCE:
        return _hasher().hash(_bytes(password))


def verify(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one of a hash.

    Parameters
    ----------
    password_hash : str or None
        None where there is no account, or none with a password: it takes as long as with one, so that the
        time does not tell which logins exist.
    password : str
        As typed.
    """
    known = password_hash is not None
    if len(password) > LONGEST:
        password, known = "", False
    with _HASHES_AT_ONCE:
        try:
            _hasher().verify(password_hash if password_hash is not None else _dummy(), _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return known


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(password_hash)


def check_rule(password: str, *, login: str) -> None:
    """Refuse a password that is easily guessed.

    Parameters
    ----------
    password : str
        As typed.
    login : str
        Of its owner, case-folded.

    Raises
    ------
    InvalidError
        The message says what to change.
    """
    folded = password.casefold()
    if len(password) < SHORTEST:
        problem = (
            f"パスワードは {SHORTEST} 字以上にしてください。いくつかの単語を並べると覚えやすくなります。"
        )
    elif len(password) > LONGEST:
        problem = f"パスワードは {LONGEST} 字までにしてください。"
    elif not password.isprintable():
        problem = "パスワードに、改行などの見えない文字は使えません。"
    elif not unicodedata.is_normalized("NFC", password):
        problem = (
            "パスワードに、濁点などが分かれた文字が入っています。"
            "別の機械で同じように打てないおそれがあるため、打ち直してください。"
        )
    elif len(set(folded)) < _FEWEST_DIFFERENT:
        problem = "同じ文字の繰り返しは、すぐに当てられます。別のパスワードにしてください。"
    elif _is_little_beside(folded, login):
        problem = (
            "ログイン名をほとんどそのまま使ったパスワードは、すぐに当てられます。別のものにしてください。"
        )
    elif folded in COMMON or any(_is_little_beside(folded, word) for word in WORDS):
        problem = "よく使われるパスワードなので、すぐに当てられます。別のものにしてください。"
    else:
        return
    raise InvalidError(problem, {"field": "password"})


def one_time() -> str:
    """Make an initial password: four groups of four characters, 79 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _is_little_beside(folded: str, word: str) -> bool:
    return bool(word) and word in folded and len(folded.replace(word, "")) < _BESIDE_A_WORD


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _hasher() -> PasswordHasher:
    return PasswordHasher.from_parameters(PARAMETERS)


def _dummy() -> str:
    """Return what looks like a hash with today's parameters, of a password that nobody knows."""
    p = PARAMETERS
    salt, digest = (
        b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (p.salt_len, p.hash_len)
    )
    return f"$argon2id$v={p.version}$m={p.memory_cost},t={p.time_cost},p={p.parallelism}${salt}${digest}"
