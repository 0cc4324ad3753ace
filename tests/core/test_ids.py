"""Identifiers from the seed: the same on any machine, of the right form, and none twice."""

import re
import uuid

import pytest

from simulator.core.ids import Ids

UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_the_same_seed_gives_the_same_identifiers_on_any_machine() -> None:
    """Written down here: a recorded session stays good only while these stay as they are."""
    ids = Ids(1)

    assert "3f3ab514-118f-4411-879f-db33e32cc6c5" == ids.uuid("message", 1)
    assert "N4HCGHRHXDDNYTIM1NOVN94LUNINAJQM" == ids.key("reservation", 1)
    assert "N4HCGHRH" == ids.key("reservation", 1, 8)
    assert 797_497_453_482 == ids.number("ticket") % 10**12


def test_another_seed_purpose_or_counter_gives_another_identifier() -> None:
    """Each of the three counts, also where joined together they would read alike."""
    numbers = [
        Ids(seed).number(purpose, counter)
        for seed in (0, 1, 11, -1)
        for purpose in ("", "a", "b", "1")
        for counter in (0, 1, 11)
    ]

    assert 48 == len(set(numbers))


def test_drawing_leaves_no_trace() -> None:
    """In whatever order and however often they are drawn: what is drawn is named by the caller."""
    ids, other = Ids(7), Ids(7)
    forth = [ids.uuid("message", counter) for counter in range(10)]
    back = [other.uuid("message", counter) for counter in reversed(range(10))]

    assert forth == back[::-1]
    assert forth == [ids.uuid("message", counter) for counter in range(10)]


def test_a_uuid_has_the_form_of_version_4() -> None:
    """Version and variant too; and a thousand are all different."""
    found = [Ids(3).uuid("message", counter) for counter in range(1000)]

    assert all(UUID_4.fullmatch(one) for one in found)
    assert {(4, uuid.RFC_4122)} == {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in found}
    assert 1000 == len(set(found))


def test_a_key_has_the_form_of_a_reservation_key() -> None:
    """32 upper-case letters and digits, all of which occur; a thousand are all different."""
    found = [Ids(3).key("reservation", counter) for counter in range(1000)]

    assert all(re.fullmatch(r"[A-Z0-9]{32}", one) for one in found)
    assert 36 == len(set("".join(found)))
    assert 1000 == len(set(found))


@pytest.mark.parametrize("length", [0, 1, 40])
def test_a_key_has_the_length_asked_for(length: int) -> None:
    """Up to what 256 bits can fill."""
    assert length == len(Ids(1).key("reservation", 1, length))


def test_a_number_has_256_bits() -> None:
    """None is beyond, and small ones are rare: half of them have the highest bit."""
    numbers = [Ids(5).number("spread", counter) for counter in range(1000)]

    assert all(0 <= number < 2**256 for number in numbers)
    assert 400 < sum(number >> 255 for number in numbers) < 600
