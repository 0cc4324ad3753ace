"""Every reason for a refusal is told on the page of the control API, and no other."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

from simulator.certificates.naming import Misnamed
from simulator.certificates.refusals import Reason
from simulator.runtime.tls import handshakes
from simulator.runtime.tls.handshakes import Failure

PAGE = (Path(__file__).parents[2] / "docs" / "control-api.md").read_text("utf-8")


def test_every_reason_is_told() -> None:
    """Those of handshakes, of certificates, and of whom they name."""
    table = PAGE.partition("| reason | who was refused, and why |\n")[2].partition("\n\n")[0]
    told = [word for row in table.splitlines()[1:] for word in re.findall(r"`([a-z-]+)`", row.split("|")[1])]
    failures = {one.reason for one in vars(handshakes).values() if isinstance(one, Failure)}
    reasons = failures | set(get_args(Reason)) | set(get_args(get_type_hints(Misnamed)["reason"]))
    assert len(told) == len(set(told))
    assert reasons == set(told)
