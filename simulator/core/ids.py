"""Identifiers from the seed: the same seed and the same counters give the same text, on any machine."""

from hashlib import blake2b

HIGHEST_SEED = 2**63 - 1
_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Ids:
    """Draws identifiers from a seed. It keeps no state: what to draw is named by the caller."""

    __slots__ = ("_seed",)

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def number(self, purpose: str, counter: int = 0) -> int:
        """A number of 256 bits, evenly spread, for a purpose and a counter."""
        text = f"{self._seed}/{purpose}/{counter}".encode()
        return int.from_bytes(blake2b(text, digest_size=32).digest(), "big")

    def uuid(self, purpose: str, counter: int) -> str:
        """Text of the form of a version 4 UUID, as the supplier's own message ids have."""
        bits = self.number(purpose, counter) % (1 << 128)
        bits = bits & ~(0xF << 76) | (0x4 << 76)
        bits = bits & ~(0x3 << 62) | (0x2 << 62)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def key(self, purpose: str, counter: int, length: int = 32) -> str:
        """Upper-case letters and digits, as an appointment reservation key has (contract §3)."""
        number = self.number(purpose, counter)
        letters = []
        for _ in range(length):
            number, rest = divmod(number, len(_KEY_ALPHABET))
            letters.append(_KEY_ALPHABET[rest])
        return "".join(letters)
