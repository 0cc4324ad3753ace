"""Which buyer a client is, by its certificate: exactly one, or it may not come in (contract §1, the row of 401)."""

from simulator.certificates.naming import Misnamed, buyer_of
from simulator.cityfibre import callers
from simulator.cityfibre.echo import LONGEST_BUYER
from simulator.cityfibre.inventory import Inventory
from simulator.core.inputs import Caller
from simulator.runtime.environments import Environment
from simulator.runtime.tls.client import Client
from simulator.runtime.tls.handshakes import Failure
from simulator.runtime.tls.terms import Terms

def caller_of(client: Client, terms: Terms, environment: Environment, operation: str) -> Caller:
    """The buyer that a client stands for in an environment, as its certificate is judged now."""
    plan = environment.blueprint
    caller = _judged(client, terms, plan.inventory, anybody=plan.settings.inventory == "any")
    if caller.stopped is not None:
        reason = client.refusal.reason if client.refusal is not None else caller.stopped
        failure = Failure(reason, caller.told or callers.STOPPED[caller.stopped][1])
        terms.refuse(client, failure, environment.name, operation)
    return caller


def _judged(client: Client, terms: Terms, inventory: Inventory, *, anybody: bool) -> Caller:
    if client.certificate is None:
        return Caller(stopped="no-certificate")
    refusal = terms.verdict(client)
    if refusal is not None:
        return Caller(stopped="certificate-refused", told=refusal.words)
    buyer = buyer_of(client.names, inventory.certified)
    if isinstance(buyer, Misnamed) and buyer.reason == "names-no-buyer" and anybody:
        buyer = next((name for name in client.names if len(name) <= LONGEST_BUYER), buyer)
    if isinstance(buyer, Misnamed):
        return Caller(stopped="certificate-unknown", told=f"the client certificate names nobody: {buyer.words}")
    return Caller(buyer)
