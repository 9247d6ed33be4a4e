"""What agencies once answered: read from the folder of recorded answers, and chosen by number as they were recorded.

The folder has `api_entreprise.yaml` and, for each endpoint, `answers/ENDPOINT/NAME.yaml` with `params`, `status` and
`payload`. It is named by GAPURA_RECORDED_ANSWERS and is no part of this repository.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
import yaml
from msgspec import Struct

VARIABLE: Final = "GAPURA_RECORDED_ANSWERS"
DOCUMENT: Final = "api_entreprise.yaml"

ENDPOINTS: Final[Mapping[str, str]] = {
    "/v4/insee/sirene/unites_legales/{siren}": "api_entreprise_v4_insee_unites_legales",
    "/v4/insee/sirene/etablissements/{siret}": "api_entreprise_v4_insee_etablissements",
    "/v3/insee/sirene/etablissements/{siret}/successions": "api_entreprise_v3_insee_successions",
    "/v4/dgfip/unites_legales/{siren}/attestation_fiscale": "api_entreprise_v4_dgfip_attestations_fiscales",
    "/v4/urssaf/unites_legales/{siren}/attestation_vigilance": "api_entreprise_v4_acoss_attestations_sociales",
    "/v3/infogreffe/rcs/unites_legales/{siren}/extrait_kbis": "api_entreprise_v3_infogreffe_extraits_rcs",
    "/v3/european_commission/unites_legales/{siren}/numero_tva": "api_entreprise_v3_european_commission_vies",
    "/v3/cma_france/rnm/unites_legales/{siren}": "api_entreprise_v3_rnm_entreprises_artisanales",
    "/v3/cibtp/etablissements/{siret}/attestation_cotisations_conges_payes_chomage_intemperies": (
        "api_entreprise_v3_cibtp_attestation_cotisations_conges_payes_chomage_intemperies"
    ),
    "/v3/probtp/etablissements/{siret}/conformite_cotisations_retraite": (
        "api_entreprise_v3_probtp_conformites_cotisations_retraite"
    ),
}
"""The paths of the document, and the folders in which their answers were recorded."""


class NoRecordings(Exception):
    """There are no recorded answers here; the message says where they come from."""


class Recording(Struct, frozen=True):
    """One answer, byte by byte: of an endpoint, about a number (SIREN or SIRET)."""

    endpoint: str
    name: str
    number: str
    status: int
    payload: bytes


class _File(Struct, frozen=True):
    params: dict[str, str]
    status: int
    payload: str


class Recordings:
    """All that was recorded. `stand_ins` say which recording speaks for a number, where none of its own does."""

    def __init__(self, recorded: list[Recording], stand_ins: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Take recordings, and `{number: {word of an endpoint: name of a recording}}`."""
        self.all = recorded
        self._own = {(each.endpoint, each.number): each for each in recorded}
        for number, chosen in (stand_ins or {}).items():
            for word, name in chosen.items():
                found = self.named(word, name)
                self._own.setdefault((found.endpoint, number), found)

    def named(self, word: str, name: str) -> Recording:
        """Give the recording of this name, of the endpoint that has this word in its name.

        Raises:
            NoRecordings: there is none.

        """
        for each in self.all:
            if word in each.endpoint and each.name == name:
                return each
        raise NoRecordings(f"nothing was recorded as {name} of an endpoint called {word}")

    def about(self, endpoint: str, number: str) -> Recording | None:
        """Give what was answered about a number."""
        return self._own.get((endpoint, number))

    def with_status(self, endpoint: str, status: int) -> Recording | None:
        """Give an answer of an endpoint that has this status, whatever it was about."""
        return next((each for each in self.all if (each.endpoint, each.status) == (endpoint, status)), None)


def recorded_folder(given: Path | None = None) -> Path:
    """Give the folder of recorded answers.

    Raises:
        NoRecordings: it is not named, or not there.

    """
    folder = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if folder is None:
        raise NoRecordings(
            f"The recorded answers are not here. {VARIABLE} names their folder; examples/france/README.md says where "
            "they come from."
        )
    if not (folder / DOCUMENT).is_file() or not (folder / "answers").is_dir():
        raise NoRecordings(f"{folder} has no {DOCUMENT} and answers/: these are not the recorded answers.")
    return folder


def read_recordings(folder: Path) -> list[Recording]:
    """Read every answer of the endpoints that this example uses."""
    return list(_recordings(folder))


def _recordings(folder: Path) -> Iterator[Recording]:
    for endpoint in ENDPOINTS.values():
        for path in sorted((folder / "answers" / endpoint).glob("*.yaml")):
            file = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), _File, strict=False)
            (number,) = file.params.values()
            yield Recording(endpoint, path.stem, number, file.status, file.payload.encode())
