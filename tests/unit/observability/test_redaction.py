from __future__ import annotations

import pytest

from observability.redaction import LOG_SHAPES, SHAPES, mask, redact

NIK = "3303081204850001"


def test_what_is_on_the_list_and_has_its_shape_is_told() -> None:
    attributes: dict[str, object] = {
        "gapura.case": "k7pm-2xq9-3fhz-8wtc",
        "gapura.step": "identity",
        "gapura.item": "",
        "gapura.round": 1,
        "gapura.contract": "dukcapil/match-identity@1",
        "gapura.key": "k7pm-2xq9-3fhz-8wtc/identity/ask/1",
        "gapura.sent": True,
        "http.route": "/v1/services/{service}/cases",
        "http.response.status_code": 202,
    }
    del attributes["gapura.item"]
    assert redact(attributes) == attributes


@pytest.mark.parametrize("name", sorted(SHAPES))
@pytest.mark.parametrize(
    "value",
    [
        NIK,
        -int(NIK),
        float(NIK),
        f"case-{NIK}",
        "09.254.294.3-407.000",
        "Siti Rahmawati",
        "a@b.id",
        "",
        None,
        [NIK],
        {},
    ],
)
def test_no_name_tells_a_personal_datum(name: str, value: object) -> None:
    assert redact({name: value}) == {}


@pytest.mark.parametrize("name", sorted(LOG_SHAPES))
@pytest.mark.parametrize("value", [NIK, -int(NIK), "Siti Rahmawati", "+6281234567890", f"sub/{NIK}/ask/1"])
def test_no_field_of_a_log_tells_a_personal_datum(name: str, value: object) -> None:
    assert redact({name: value}, LOG_SHAPES) == {}


def test_an_unknown_name_is_dropped_whatever_it_says() -> None:
    assert redact({"nik": "x", "gapura.form": "y", "url.path": "/z"}) == {}


def test_trace_ids_are_told_though_they_may_hold_long_numbers() -> None:
    ids = {"trace_id": "1234567890" * 3 + "12"}
    assert redact(ids, LOG_SHAPES) == ids


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("disk is full", "disk is full"),
        ("HTTP 503 after 2 s", "HTTP 503 after 2 s"),
        (f"NIK {NIK} is not valid", "NIK … is not valid"),
        ("NPWP 09.254.294.3-407.000 unknown", "NPWP … unknown"),
        ("call +62 812 3456 7890 now", "call +… now"),
        ("KeyError: 'Siti'", "KeyError: …"),
        ('"Siti" is not of type `integer`', "… is not of type …"),
        ("{'nik': 12} is not valid", "… is not valid"),
        ("write to siti@example.id", "write to …"),
        ("GET http://oss.example/a?nik=1 failed", "GET … failed"),
        ("/v1/cases?secret=abc", "/v1/cases…"),
    ],
)
def test_a_free_text_is_told_without_what_could_name_a_person(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_a_long_text_is_cut() -> None:
    assert len(mask("long " * 1000)) == 301
