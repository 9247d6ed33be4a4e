"""Dukcapil, the civil registration office of the regency: residents, births and households in one register.

Registering a birth is no duty of this system: a registrar does it, at a desk.
"""

from __future__ import annotations

from examples.purbalingga.agencies.births import CheckBirth, IssueChildCard
from examples.purbalingga.agencies.duties import Agency
from examples.purbalingga.agencies.households import IssueFamilyCard, RegisterArrival
from examples.purbalingga.agencies.office import run
from examples.purbalingga.agencies.residents import MatchIdentity

DUKCAPIL = Agency(
    "dukcapil",
    "The civil registration office of the regency (sandbox: invented residents).",
    (MatchIdentity(), CheckBirth(), IssueChildCard(), IssueFamilyCard(), RegisterArrival()),
)

if __name__ == "__main__":
    run(DUKCAPIL)
