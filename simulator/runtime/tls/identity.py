"""Which buyer a client is, by its certificate: exactly one, or it may not come in (contract §1, the row of 401)."""

from simulator.certificates.naming import Misnamed, buyer_of
from simulator.cityfibre.inventory import Inventory
from simulator.core.inputs import Caller, Stopped
from simulator.runtime.environments import Environment
from simulator.runtime.tls.client import Client
from simulator.runtime.tls.handshakes import NO_CERTIFICATE, Failure
from simulator.runtime.tls.terms import Terms


def caller_of(client: Client, terms: Terms, environment: Environment, operation: str) -> Caller:
    """The buyer that a client stands for in an environment, as its certificate is judged now."""
    plan = environment.blueprint
    judged = _judged(client, terms, plan.inventory, anybody=plan.settings.inventory == "any")
    if isinstance(judged, str):
        return Caller(judged)
    stopped, failure = judged
    terms.refuse(client, failure, environment.name, operation)
    return Caller(stopped=stopped, told=failure.words)


def _judged(client: Client, terms: Terms, inventory: Inventory, *, anybody: bool) -> str | tuple[Stopped, Failure]:
    """The buyer; or by which rule it is refused, and why."""
    refusal = terms.verdict(client)
    if client.certificate is None and refusal is None:
        return "no-certificate", NO_CERTIFICATE
    if refusal is not None:
        return "certificate-refused", Failure(refusal.reason, refusal.words)
    buyer = buyer_of(client.names, inventory.certified, anybody=anybody)
    if isinstance(buyer, Misnamed):
        words = f"the client certificate does not say which buyer calls: {buyer.words}"
        return "certificate-unknown", Failure(buyer.reason, words)
    return buyer
