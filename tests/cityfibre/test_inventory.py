"""What the supplier knows beforehand is read from a file, written to one, made up, and shipped with stable ids."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.cityfibre.inventory import (
    MOST_GENERATED,
    REGIONS,
    Address,
    Buyer,
    BuyerEntry,
    Changes,
    Inventory,
    Product,
    Service,
    changed,
    dangling,
    default,
    generate,
    read_inventory,
    to_yaml,
)
from simulator.wire.document import DocumentError

SMALL = """\
buyers:
  ACME: {name: Acme Broadband}
addresses:
  100: {lines: [1 Sample Street, Sampleton], region: MK}
products:
  ftthl2r: {description: Fibre}
services:
  S1: {buyer: ACME, address: 100, product: ftthl2r}
  S2: {buyer: ACME, address: 100, product: ftthl2r, live: no}
"""


def _refusal(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_inventory(text, "i.yaml")
    return str(caught.value).splitlines()


def test_a_file_becomes_an_inventory() -> None:
    """Identifiers are text however they look, and a service is live unless the file says otherwise."""
    assert read_inventory(SMALL, "i.yaml") == Inventory(
        buyers={"ACME": Buyer("ACME", "Acme Broadband")},
        addresses={"100": Address("100", ("1 Sample Street", "Sampleton"), "MK")},
        products={"ftthl2r": Product("ftthl2r", "Fibre")},
        services={
            "S1": Service("S1", "ACME", "100", "ftthl2r", live=True),
            "S2": Service("S2", "ACME", "100", "ftthl2r", live=False),
        },
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("S2: {buyer: ACME", "S2: {buyer: ACNE", "9:8: services.S2: no buyer `ACNE` is listed — did you mean `ACME`?"),
        ("S1: {buyer: ACME", "S1: {buyer: B2", "8:8: services.S1: no buyer `B2` is listed — expected ACME"),
        ("address: 100, product: ftthl2r}", "address: 7, product: ftthl2r}", "8:21: services.S1: no address `7` is"),
        ("product: ftthl2r, live", "product: ftthl2, live", "9:35: services.S2: no product `ftthl2` is listed — did"),
        ("S2:", "S1:", "9:3: `S1` stands here again, after line 8"),
        ("live: no", "live: dead", "9:53: services.S2.live: expected true or false, found 'dead'"),
        ("live: no", "lives: no", "9:53: unknown entry `services.S2.lives` — did you mean `live`?"),
        ("region: MK", "regoin: MK", "4:3: `addresses.100.region` is missing"),
        ("[1 Sample Street, Sampleton]", "[]", "4:9: addresses.100.lines: expected 1 to 8 lines, found 0"),
        (
            "[1 Sample Street, Sampleton]",
            "['a  b']",
            "4:17: addresses.100.lines[0]: expected 1 to 254 characters on one",
        ),
        ("buyers:", "buyer:", "1:1: `buyers` is missing"),
        ("ACME: {name", f"{'A' * 37}: {{name", f"2:3: buyers.{'A' * 37}: expected 1 to 36 characters on one line"),
        ("100: {lines", f"{'1' * 64}: {{lines", f"4:3: addresses.{'1' * 64}: expected 1 to 63 characters on one line"),
        ("Acme Broadband", '"Acme\\aBroadband"', "2:10: buyers.ACME.name: expected 1 to 254 characters on one line"),
        ("Acme Broadband", '"Acme\\nBroadband"', "2:10: buyers.ACME.name: expected 1 to 254 characters on one line"),
    ],
    ids=lambda value: value[:40],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, message: str) -> None:
    """Whether the text, an entry, or a reference from one part to another is at fault."""
    problems = _refusal(SMALL.replace(old, new, 1))
    assert [f"i.yaml:{message}"] == [problem[: len(f"i.yaml:{message}")] for problem in problems][:1]


def test_every_dangling_reference_is_told_at_once() -> None:
    """One service may be wrong in three ways."""
    wrong = SMALL.replace("{buyer: ACME, address: 100, product: f", "{buyer: B, address: 9, product: g")
    assert [problem.split(" ")[0] for problem in _refusal(wrong)] == [
        "i.yaml:8:8:",
        "i.yaml:8:18:",
        "i.yaml:8:30:",
        "i.yaml:9:8:",
        "i.yaml:9:18:",
        "i.yaml:9:30:",
    ]


_TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=36) | st.sampled_from(
    ["~", "null", "no", "12:30", "007", "<<", "- a", "a: b", "#x", "'", '"', "{", "*a", "!t", "x" * 36, "a b"]
)


@given(buyer=_TEXTS, name=_TEXTS, key=_TEXTS, lines=st.lists(_TEXTS, min_size=1, max_size=8), live=st.booleans())
def test_what_is_written_is_read_back_the_same(
    buyer: str, name: str, key: str, lines: list[str], *, live: bool
) -> None:
    """Even text that YAML would take for something else."""
    inventory = Inventory(
        {buyer: Buyer(buyer, name)},
        {key: Address(key, tuple(lines), "MK")},
        {name: Product(name, name)},
        {key: Service(key, buyer, key, name, live)},
    )
    assert read_inventory(to_yaml(inventory), "i.yaml") == inventory


# The shipped inventory


def test_the_shipped_identifiers_stay_what_they_are() -> None:
    """Tests of users name them: an identifier may be added here, and none taken away."""
    shipped = default()
    assert list(shipped.buyers) == ["SPDEV1", "SPDEV2", "TEST"]
    assert list(shipped.products) == ["ftthl2r", "ftthl2b", "fttpl3r", "eal2-1g", "eal2-10g"]
    assert list(shipped.addresses) == [
        "10002491172",
        "123456789012",
        *(f"9900000000{number:02}" for number in range(1, 41)),
    ]
    assert {identifier: service.buyer for identifier, service in shipped.services.items()} == {
        "S21709": "SPDEV1",
        "S18650": "SPDEV1",
        **{f"S{30_000 + number}": "SPDEV1" for number in range(1, 21)},
        **{f"S{40_000 + number}": "SPDEV2" for number in range(1, 11)},
        **{f"S{50_000 + number}": "TEST" for number in range(1, 11)},
    }


def test_the_published_samples_find_their_services() -> None:
    """The samples of the two appointment requests and of the fault report name these."""
    shipped = default()
    assert shipped.services["S21709"] == Service("S21709", "SPDEV1", "10002491172", "ftthl2r")
    assert shipped.services["S18650"] == Service("S18650", "SPDEV1", "123456789012", "ftthl2r")


def test_four_shipped_services_are_not_live() -> None:
    """So that the refusal of a dead service can be tried."""
    dead = [identifier for identifier, service in default().services.items() if not service.live]
    assert dead == ["S30019", "S30020", "S40010", "S50010"]


def test_the_shipped_addresses_share_four_diaries() -> None:
    """Each region has several addresses, so that buyers can meet in a full slot."""
    regions = [address.region for address in default().addresses.values()]
    assert {region: regions.count(region) for region in REGIONS} == {"MK": 11, "YORK": 11, "PBORO": 10, "COV": 10}


def test_the_shipped_file_is_what_we_would_write() -> None:
    """Below its opening comments, which tell users what they may rely on."""
    text = (files("simulator.cityfibre") / "inventory.yaml").read_text("utf-8")
    comments, body = text.split("\n\n", 1)
    assert body == to_yaml(default())
    assert all(line.startswith("#") for line in comments.splitlines())


def test_the_shipped_inventory_is_read_once() -> None:
    """Every environment may ask for it."""
    assert default() is default()


# Made-up inventories


def test_made_up_identifiers_are_counted() -> None:
    """The seed has no part in them, nor has faker."""
    first, second = generate(buyers=2, services=5, seed=1), generate(buyers=2, services=5, seed=2)
    assert list(first.buyers) == list(second.buyers) == ["BUYER1", "BUYER2"]
    assert list(first.services) == list(second.services) == ["S100001", "S100002", "S100003", "S100004", "S100005"]
    assert list(first.addresses) == list(second.addresses)
    assert [service.buyer for service in first.services.values()] == ["BUYER1", "BUYER2", "BUYER1", "BUYER2", "BUYER1"]
    assert first.products == default().products


def test_a_seed_gives_the_same_names_again() -> None:
    """And another seed gives others."""
    assert generate(buyers=3, services=3, seed=7) == generate(buyers=3, services=3, seed=7)
    assert generate(buyers=3, services=3, seed=7).buyers != generate(buyers=3, services=3, seed=8).buyers


def test_the_largest_made_up_inventory_can_be_read_back() -> None:
    """Its file stays within the limits of what is read."""
    largest = generate(buyers=MOST_GENERATED, services=MOST_GENERATED, seed=1)
    assert read_inventory(to_yaml(largest), "i.yaml") == largest


@pytest.mark.parametrize(("buyers", "services"), [(0, 1), (1, 0), (MOST_GENERATED + 1, 1), (1, MOST_GENERATED + 1)])
def test_only_so_much_is_made_up(buyers: int, services: int) -> None:
    """None of something would be no inventory, and too much could not be read back."""
    with pytest.raises(ValueError, match="from 1 to 2000 buyers"):
        generate(buyers=buyers, services=services, seed=1)


def test_names_of_certificates_stand_for_their_buyers() -> None:
    """The identifier always does; a buyer may list more, and they are written down again."""
    text = SMALL.replace("{name: Acme Broadband}", "{name: Acme Broadband, certificates: [acme.example, urn:acme]}")
    known = read_inventory(text, "i.yaml")
    assert known.certified == {"ACME": "ACME", "acme.example": "ACME", "urn:acme": "ACME"}
    assert read_inventory(to_yaml(known), "i.yaml") == known


@pytest.mark.parametrize("name", ["acme.example", "ACME"])
def test_a_name_of_two_buyers_is_refused(name: str) -> None:
    """Nobody could say whose certificate it is: a name that both list, and one that is the other's identifier."""
    buyers = f"  ACME: {{name: Acme, certificates: [acme.example]}}\n  TWO: {{name: Two, certificates: [{name}]}}"
    told = _refusal(SMALL.replace("  ACME: {name: Acme Broadband}", buyers))
    identifier, line = ("ACME", 2) if name == "acme.example" else ("TWO", 3)
    assert [one.split(": ", 2)[1:] for one in told] == [
        [f"buyers.{identifier}", f"a certificate that bears `{name}` would be another buyer's too"]
    ]
    assert told[0].startswith(f"i.yaml:{line}:")


@pytest.mark.parametrize(
    ("buyers", "path", "name"),
    [
        ({"FOO": BuyerEntry(name="Foo")}, ("buyers", "FOO"), "FOO"),
        ({"TWO": BuyerEntry(name="Two", certificates=("FOO",))}, ("buyers", "TWO", "certificates"), "FOO"),
        ({"TWO": BuyerEntry(name="Two", certificates=("ACME",))}, ("buyers", "TWO", "certificates"), "ACME"),
    ],
    ids=["its identifier is listed already", "a name is listed already", "a name is an identifier already"],
)
def test_a_buyer_that_is_added_takes_no_other_buyers_certificate(
    buyers: dict[str, BuyerEntry], path: tuple[str, ...], name: str
) -> None:
    """Whichever of the two was there first."""
    text = SMALL.replace("{name: Acme Broadband}", "{name: Acme Broadband, certificates: [FOO]}")
    base, changes = read_inventory(text, "i.yaml"), Changes(buyers=buyers)
    message = f"buyers.{path[1]}: a certificate that bears `{name}` would be another buyer's too"
    assert dangling(changes, changed(base, changes)) == [(path, message)]


def test_a_name_moves_where_its_buyer_gives_it_up_in_the_same_change() -> None:
    """Then it is one buyer's."""
    text = SMALL.replace("{name: Acme Broadband}", "{name: Acme Broadband, certificates: [FOO]}")
    changes = Changes(buyers={"ACME": BuyerEntry(name="Acme"), "FOO": BuyerEntry(name="Foo")})
    after = changed(read_inventory(text, "i.yaml"), changes)
    assert dangling(changes, after) == []
    assert after.certified == {"ACME": "ACME", "FOO": "FOO"}
