"""What the supplier knows beforehand: buyers, addresses, products, and the services that join them (contract §2).

An inventory is a YAML file; ``inventory.yaml`` beside this module is the one that is used where a user names none.
Its identifiers are counted, never drawn, so that they stay what they are; only names come from faker.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from simulator.wire.complaints import Complaint, suggest
from simulator.wire.document import MOST_PROBLEMS, DocumentError, Problem, read, validate

REGIONS = ("MK", "YORK", "PBORO", "COV")
"""Codes of the regions that made-up addresses lie in; the engineers of one region share a diary."""
MOST_LINES = 8
"""Lines of one address."""
MOST_CERTIFICATES = 20
"""Names of certificates of one buyer."""
MOST_GENERATED = 2_000
"""Buyers, and services, of one made-up inventory; with as many of each its file stays within what can be read."""

_FIRST_ADDRESS = 990_000_100_001  # of as many digits as a UPRN may have
_FIRST_SERVICE = 100_001
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A service provider, known by its ``buyerIdentifier``.

    A certificate that bears that, or one of ``certificates`` as a name, is this buyer's.
    """

    identifier: str
    name: str
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """A place that the network reaches, known by its ``addressKey`` (a UPRN); its region decides whose diary it has."""

    key: str
    lines: tuple[str, ...]
    region: str


@dataclass(frozen=True, slots=True)
class Product:
    """What can be bought, known by its ``productName``."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Service:
    """One product at one address for one buyer, known by its ``serviceAffected``; reports need it to be live."""

    identifier: str
    buyer: str
    address: str
    product: str
    live: bool = True


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything by its identifier. Nothing in it changes.

    ``certified`` has the buyer of each name that stands for one in a certificate: its identifier, and what it lists.
    """

    buyers: Mapping[str, Buyer]
    addresses: Mapping[str, Address]
    products: Mapping[str, Product]
    services: Mapping[str, Service]
    certified: Mapping[str, str] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = {name: it.identifier for it in self.buyers.values() for name in (*it.certificates, it.identifier)}
        object.__setattr__(self, "certified", named)


def read_inventory(text: str | bytes, name: str) -> Inventory:
    """Read an inventory's YAML; ``name`` is what messages call it.

    Raises DocumentError, with every problem at its position: what no inventory may hold, an identifier used twice, a
    service of a buyer, an address or a product that the file does not list.
    """
    document = read(text, name=name)
    file = validate(_File, document, noun="entry")
    inventory = changed(Inventory({}, {}, {}, {}), file)
    lacking = dangling(file, inventory)
    if lacking:
        raise DocumentError(name, [Problem(*document.position(path), message) for path, message in lacking])
    return inventory


def changed(inventory: Inventory, changes: "Changes") -> Inventory:
    """The inventory with entries added, or put in the place of others; :func:`dangling` says what they lack."""
    return Inventory(
        {**inventory.buyers, **{key: Buyer(key, it.name, it.certificates) for key, it in changes.buyers.items()}},
        {**inventory.addresses, **{key: Address(key, it.lines, it.region) for key, it in changes.addresses.items()}},
        {**inventory.products, **{key: Product(key, it.description) for key, it in changes.products.items()}},
        {
            **inventory.services,
            **{key: Service(key, it.buyer, it.address, it.product, it.live) for key, it in changes.services.items()},
        },
    )


def to_yaml(inventory: Inventory) -> str:
    """Write an inventory so that ``read_inventory`` gives an equal one."""
    data = {
        "buyers": {it.identifier: _buyer_entry(it) for it in inventory.buyers.values()},
        "addresses": {it.key: {"lines": list(it.lines), "region": it.region} for it in inventory.addresses.values()},
        "products": {it.name: {"description": it.description} for it in inventory.products.values()},
        "services": {it.identifier: _service_entry(it) for it in inventory.services.values()},
    }
    text = yaml.dump(data, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=1000, default_flow_style=None)
    return str(text)


@cache
def default() -> Inventory:
    """The inventory that comes with the simulator; one object, read once."""
    shipped = files("simulator.cityfibre") / "inventory.yaml"
    return read_inventory(shipped.read_bytes(), "inventory.yaml")


def generate(*, buyers: int, services: int, seed: int) -> Inventory:
    """Make up an inventory: the default's products, counted identifiers, and the services dealt to buyers in turn.

    The seed decides the names alone, and those only as long as faker stays the same version.
    Raises ValueError unless both numbers lie between 1 and MOST_GENERATED.
    """
    if not (1 <= buyers <= MOST_GENERATED and 1 <= services <= MOST_GENERATED):
        raise ValueError(f"from 1 to {MOST_GENERATED} buyers and as many services can be made up")
    from faker import Faker  # noqa: PLC0415 - 60 ms that only a made-up inventory pays

    names = Faker("en_GB")
    names.seed_instance(seed)
    products = default().products
    made_buyers = [Buyer(f"BUYER{number}", names.company()) for number in range(1, buyers + 1)]
    made_addresses = [
        Address(
            key=str(_FIRST_ADDRESS + index),
            lines=(*names.street_address().splitlines(), names.city()),
            region=REGIONS[index % len(REGIONS)],
        )
        for index in range(services)
    ]
    made_services = [
        Service(
            identifier=f"S{_FIRST_SERVICE + index}",
            buyer=made_buyers[index % buyers].identifier,
            address=address.key,
            product=list(products)[index % len(products)],
        )
        for index, address in enumerate(made_addresses)
    ]
    return Inventory(
        {it.identifier: it for it in made_buyers},
        {it.key: it for it in made_addresses},
        products,
        {it.identifier: it for it in made_services},
    )


def _buyer_entry(buyer: Buyer) -> dict[str, object]:
    entry: dict[str, object] = {"name": buyer.name}
    return {**entry, "certificates": list(buyer.certificates)} if buyer.certificates else entry


def _service_entry(service: Service) -> dict[str, object]:
    entry: dict[str, object] = {"buyer": service.buyer, "address": service.address, "product": service.product}
    return entry if service.live else {**entry, "live": False}


def _at_most(longest: int) -> AfterValidator:
    """A text that an XML field can carry as it stands: spaces at its ends would be lost on the way."""

    def check(text: str) -> str:
        if not 1 <= len(text) <= longest or " ".join(text.split()) != text or not text.isprintable():
            raise ValueError(f"expected 1 to {longest} characters on one line, with no spaces around them or doubled")
        return text

    return AfterValidator(check)


def _check_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(lines) <= MOST_LINES:
        raise ValueError(f"expected 1 to {MOST_LINES} lines, found {len(lines)}")
    return lines


# The lengths are those of the tables: buyerIdentifier, addressKey of a query, productName. A serviceAffected has none.
_BuyerIdentifier = Annotated[str, _at_most(36)]
_AddressKey = Annotated[str, _at_most(63)]
_Text = Annotated[str, _at_most(254)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BuyerEntry(_Entry):
    """A service provider, as a file has it; ``certificates`` are names that its certificates bear."""

    name: _Text
    certificates: Annotated[tuple[_Text, ...], Field(max_length=MOST_CERTIFICATES)] = ()


class AddressEntry(_Entry):
    """A place that the network reaches."""

    lines: Annotated[tuple[_Text, ...], AfterValidator(_check_lines)]
    region: Annotated[str, _at_most(16)]


class ProductEntry(_Entry):
    """What can be bought."""

    description: _Text


class ServiceEntry(_Entry):
    """One product at one address for one buyer."""

    buyer: _BuyerIdentifier
    address: _AddressKey
    product: _Text
    live: bool = True


class Changes(_Entry):
    """Entries that are added to an inventory, or take the place of those with the same identifiers."""

    buyers: dict[_BuyerIdentifier, BuyerEntry] = Field({}, description="by buyerIdentifier: name, certificates")
    addresses: dict[_AddressKey, AddressEntry] = Field({}, description="by addressKey: lines, region")
    products: dict[_Text, ProductEntry] = Field({}, description="by productName: description")
    services: dict[_Text, ServiceEntry] = Field({}, description="by serviceAffected: buyer, address, product, live")


class _File(Changes):
    """A whole inventory: each part is there."""

    buyers: dict[_BuyerIdentifier, BuyerEntry]
    addresses: dict[_AddressKey, AddressEntry]
    products: dict[_Text, ProductEntry]
    services: dict[_Text, ServiceEntry]


def dangling(changes: Changes, inventory: Inventory) -> list[Complaint]:
    """Every reference of a changed service to something that the inventory does not list, and certificates of two."""
    complaints = _of_two(changes, inventory)
    for identifier, service in changes.services.items():
        for field, named, known in (
            ("buyer", service.buyer, inventory.buyers),
            ("address", service.address, inventory.addresses),
            ("product", service.product, inventory.products),
        ):
            if named not in known:
                near = suggest(named, known) if len(complaints) < MOST_PROBLEMS else ""  # no more will be read
                message = f"services.{identifier}: no {field} `{named}` is listed{near}"
                complaints.append((("services", identifier, field), message))
    return complaints


def _of_two(changes: Changes, inventory: Inventory) -> list[Complaint]:
    """Every identifier and every listed name of a changed buyer that stands for another buyer too."""
    unchanged = (it for it in inventory.buyers.values() if it.identifier not in changes.buyers)
    listed = {name for it in unchanged for name in it.certificates}
    complaints: list[Complaint] = []

    def complain(name: str, identifier: str, *field: str) -> None:
        message = f"buyers.{identifier}: a certificate that bears `{name}` would be another buyer's too"
        complaints.append((("buyers", identifier, *field), message))

    for identifier, buyer in changes.buyers.items():
        if identifier in listed:
            complain(identifier, identifier)
        for name in buyer.certificates:
            taken = name in listed or name in inventory.buyers or inventory.certified[name] != identifier
            if taken and name != identifier:
                complain(name, identifier, "certificates")
    return complaints
