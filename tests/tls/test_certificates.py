"""Every kind of certificate, under both versions of TLS, where it is asked for and where it is required."""

import logging
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.figures import Figure
from tests.tls.buyers import context_of, report_once, served_under_tls


@dataclass(frozen=True, slots=True)
class Case:
    """What a client shows (a path in the set, or nothing), and what becomes of it."""

    client: str
    status: int
    """Of the answer, where the handshake succeeds: always with ``optional``."""
    rule: str = ""
    alert: str = ""
    """With ``required``, how the handshake ends; empty where it succeeds."""
    reason: str = ""
    """In the list of refusals."""


CASES = (
    Case("clients/SPDEV1", 201),
    Case("bad/good-intermediate", 201),
    Case("clients/SPDEV2", 403, "certificate-of-another-buyer"),
    Case("bad/wrong-name", 401, "certificate-unknown", "", "names-no-buyer"),
    Case("bad/two-buyers", 401, "certificate-unknown", "", "names-several"),
    Case("", 401, "no-certificate", "no-certificate", "no-certificate"),
    Case("bad/expired", 401, "certificate-refused", "certificate_expired", "expired"),
    Case("bad/not-yet-valid", 401, "certificate-refused", "bad_certificate", "not-yet-valid"),
    Case("bad/wrong-authority", 401, "certificate-refused", "unknown_ca", "unknown-authority"),
    Case("bad/missing-intermediate", 401, "certificate-refused", "unknown_ca", "unknown-authority"),
    Case("bad/self-signed", 401, "certificate-refused", "unknown_ca", "self-signed"),
    Case("bad/revoked", 401, "certificate-refused", "certificate_revoked", "revoked"),
    Case("bad/wrong-usage", 401, "certificate-refused", "unsupported_certificate", "wrong-usage"),
    Case("bad/weak-key", 401, "certificate-refused", "bad_certificate", "unusable"),
)
WITHOUT_ONE = {"1.2": "handshake_failure", "1.3": "certificate_required"}
"""The alert for who shows no certificate."""


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("tls", ["optional", "required"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.client.rpartition("/")[2] or "none")
async def test_what_a_client_gets(certs: Path, case: Case, tls: str, version: str) -> None:
    """The answer or the alert; what is refused on account of TLS is counted and listed, with its reason."""
    async with served_under_tls(certs, tls) as control:
        outcome = await report_once(control, context_of(certs, case.client, version))
        listed = await control.get("/control/v1/tls-refusals")
        tickets = (await control.get("/control/v1/environments/one/tickets"))["tickets"]
        metrics = (await control.send("GET", "/metrics"))[2].decode()
    in_handshake = tls == "required" and bool(case.alert)
    if in_handshake:
        expected = WITHOUT_ONE[version] if case.alert == "no-certificate" else case.alert
        assert outcome.alert.lower().endswith(f"alert_{expected}")
    else:
        assert (outcome.status, f"<detail>{case.rule}</detail>" in outcome.body) == (case.status, bool(case.rule))
    assert len(tickets) == (case.status == 201)
    assert (listed["tls"], listed["number"], listed["by_reason"]) == (
        tls,
        int(bool(case.reason)),
        {case.reason: 1} if case.reason else {},
    )
    assert [
        (one["stage"], one["reason"], one["version"], one["environment"], one["operation"])
        for one in listed["refusals"]
    ] == (
        []
        if not case.reason
        else [
            ("handshake", case.reason, f"TLSv{version}", "", "")
            if in_handshake
            else ("request", case.reason, f"TLSv{version}", "one", "addFaultReport")
        ]
    )
    assert (f'cityfibre_sim_tls_refusals_total{{reason="{case.reason}"}} 1.0' in metrics) == bool(case.reason)
    for one in listed["refusals"]:
        assert in_handshake or one["words"][1:] in outcome.body
        shown = one["certificate"]
        assert (shown is not None) == bool(case.client)
        assert shown is None or "CN=" in shown["subject"]


def test_there_are_enough_of_them(figure: Figure) -> None:
    """Every bad certificate of the set is met, and the figures are what the issue of TLS asks for."""
    from simulator.certificates.oddities import CLIENTS  # noqa: PLC0415 - only here

    assert {f"bad/{one.name}" for one in CLIENTS} <= {case.client for case in CASES}
    assert len([case for case in CASES if case.status != 201]) == 12
    figure(f"{len(CASES)} certificate cases × 2 versions of TLS × optional and required, each refusal listed")


async def test_a_refusal_is_logged_with_its_facts(certs: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A line that a person can act on; for machines the reason, the address and whose certificate it was."""
    with caplog.at_level(logging.WARNING, "simulator.runtime.tls.refusals"):
        async with served_under_tls(certs, "required") as control:
            await report_once(control, context_of(certs, "bad/expired"))
    (record,) = caplog.records
    assert record.getMessage().startswith("TLS: refused a handshake from 127.0.0.1 with the certificate CN=SPDEV1,")
    assert "has expired: have a new one issued" in record.getMessage()
    facts = record.__dict__["facts"]
    assert {name: facts[name] for name in ("reason", "address", "tls")} == {
        "reason": "expired",
        "address": "127.0.0.1",
        "tls": "TLSv1.3",
    }
    assert len(facts["fingerprint"]) == 64
