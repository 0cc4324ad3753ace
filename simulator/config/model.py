"""The settings of one process: the one typed model of them, with the switches of the contract."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator

from simulator.cityfibre.settings import SupplierSettings
from simulator.config.values import (
    check_environment,
    check_environments,
    check_token,
    check_url,
    is_this_machine,
    read_instant,
    split,
)
from simulator.core.ids import HIGHEST_SEED
from simulator.wire.networks import Networks

HIGHEST_PORT = 65_535
FASTEST = 1_000_000


class Config(SupplierSettings):
    """The settings of one process."""

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(41223, ge=0, le=HIGHEST_PORT, description="port of the supplier's endpoints; 0 takes a free one")
    control_port: int = Field(
        41224, ge=0, le=HIGHEST_PORT, validate_default=True, description="port of the control API; 0 takes a free one"
    )
    control_host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="address of the control API; any but this machine's own needs a control_token",
    )
    control_token: Annotated[SecretStr, AfterValidator(check_token)] | None = Field(
        None, validate_default=True, description="what whoever uses the control API has to send; it is never shown"
    )
    notify: Annotated[str, AfterValidator(check_url)] | None = Field(
        None, description="the buyer's endpoint for notifications"
    )
    clock: Literal["realtime", "frozen", "auto"] = Field("realtime", description="how simulated time moves")
    rate: float = Field(1.0, gt=0, le=FASTEST, allow_inf_nan=False, description="simulated seconds in a real one")
    start: Annotated[datetime, BeforeValidator(read_instant)] | None = Field(
        None, description="the simulated clock's first instant; UTC where no zone is given"
    )
    seed: int = Field(1, ge=0, le=HIGHEST_SEED, description="what counted and drawn values start from")
    environments: Annotated[
        tuple[Annotated[str, AfterValidator(check_environment)], ...],
        BeforeValidator(split),
        AfterValidator(check_environments),
    ] = Field(("cfsit", "cfstaging", "prod"), description="environments that are there from the start")
    inventory_file: Path | None = Field(None, description="the buyers and services to know, in place of our own")
    scenarios: Path | None = Field(None, description="a folder of scenarios, or one file: they lead tickets that match")
    ready_file: Path | None = Field(None, description="file to write once requests are answered")
    log_format: Literal["text", "json"] = Field(
        "text", description="what serve prints: lines for people, or one JSON object a line"
    )
    tls: Literal["off", "optional", "required"] = Field(
        "off",
        description="TLS for buyers: without a good certificate each request gets a 401, or there is no connection",
    )
    certs: Path = Field(Path("certs/local"), description="folder of the certificates, as `certs init` makes them")
    tls_certificate: Path | None = Field(None, description="the server's certificate, in place of server.pem in certs")
    tls_key: Path | None = Field(None, description="its private key, in place of server.key")
    tls_trust: Path | None = Field(None, description="authorities of the buyers' certificates, in place of ca.pem")
    tls_crl: Path | None = Field(None, description="what they have revoked, in place of ca.crl")
    notify_trust: Path | None = Field(
        None, description="authorities of the endpoint's certificate, beside the usual ones"
    )
    notify_certificate: Path | None = Field(
        None, description="what the simulator shows to an endpoint that asks for one"
    )
    notify_key: Path | None = Field(None, description="its private key, if that is in another file")
    trusted_proxies: Networks = Field(
        (), description="networks of proxies that are believed when they tell by X-Forwarded-For who calls"
    )

    @field_validator("control_port")
    @classmethod
    def _has_its_own(cls, value: int, info: ValidationInfo) -> int:
        if value != 0 and value == info.data.get("port"):
            raise ValueError(f"{value} is the supplier's port already; the control API needs its own")
        return value

    @field_validator("control_token")
    @classmethod
    def _guards_the_network(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        host = info.data.get("control_host", "127.0.0.1")
        if value is None and not is_this_machine(host):
            raise ValueError(f"set one, for the control API is to be reached from beyond this machine (at {host})")
        return value

    def supplier(self) -> SupplierSettings:
        """The switches of the contract alone, as the supplier takes them."""
        return SupplierSettings(**{name: getattr(self, name) for name in SupplierSettings.model_fields})
