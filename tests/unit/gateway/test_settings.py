"""Settings: from a file, the environment and the command line, with every mistake at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from gateway.settings import Settings, SettingsInvalid, load_settings


def mistakes_of(environment: dict[str, str], **given: object) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(environment, **given)
    return caught.value.mistakes


def test_nothing_set_listens_on_this_machine_only() -> None:
    settings = load_settings({"PATH": "/bin"})
    assert settings == Settings()
    assert settings.base_url == "http://127.0.0.1:8000"


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "gapura.toml"
    file.write_text('port = 1\ncontact = "a@b.example"\nguesses_per_min = 5.5\n')
    environment = {"GAPURA_CONFIG": str(file), "GAPURA_PORT": "2", "GAPURA_GUESSES_PER_MIN": "6"}
    settings = load_settings(environment, port=3, host=None)
    assert (settings.port, settings.contact, settings.guesses_per_min) == (3, "a@b.example", 6)


def test_lists_in_the_environment_are_separated_by_commas() -> None:
    settings = load_settings({"GAPURA_ALLOW_NETWORKS": "127.0.0.0/8, ::1"})
    assert [str(network) for network in settings.networks] == ["127.0.0.0/8", "::1/128"]


def test_every_mistake_is_told_at_once() -> None:
    found = mistakes_of({"GAPURA_PORT": "x", "GAPURA_HOST": "0.0.0.0", "GAPURA_LOG_LEVEL": "loud"})  # noqa: S104 - refused
    assert sorted(mistake.partition(":")[0] for mistake in found) == [
        "GAPURA_HOST",
        "GAPURA_LOG_LEVEL",
        "GAPURA_PORT",
        "GAPURA_PUBLIC_URL",
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "x", "'x' is no whole number; write one, such as 8000"),
        ("PORT", "80.5", "'80.5' is no whole number; write one, such as 8000"),
        ("PORT", "", "'' is no whole number; write one, such as 8000"),
        ("PORT", "-1", "-1 is no port; write a number from 1 to 65535, or 0 for any free one"),
        ("DRAIN_S", "8 s", "'8 s' is no number; write one, such as 8"),
        ("DRAIN_S", "nan", "must be above 0; write 8"),
        ("DRAIN_S", "inf", "must be above 0; write 8"),
        ("REQUESTS_PER_S", "-1", "must not be below 0; write 0 for no limit"),
        ("LOG_LEVEL", "loud", "'loud' is none of its words; write debug or info or warning or error"),
        ("IDENTITY", "x" * 99, f"'{'x' * 59}… is none of its words; write loopback or tokens"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_in_words_of_a_programmer(name: str, value: str, said: str) -> None:
    assert mistakes_of({f"GAPURA_{name}": value}) == [f"GAPURA_{name}: {said}"]


def test_a_wrong_value_of_a_file_or_an_option_is_told_without_its_place(tmp_path: Path) -> None:
    file = tmp_path / "gapura.toml"
    file.write_text('port = "x"\noperator = 3\nallow_networks = 3\nstreams = 0\n')
    instead = "write 127.0.0.1, or identity = tokens (GAPURA_IDENTITY) once tokens are issued"
    found = mistakes_of({"GAPURA_CONFIG": str(file)}, host="0.0.0.0", public_url="http://gapura.example")  # noqa: S104 - refused
    assert found == [
        f"{file}: port: 'x' is no whole number; write one, such as 8000",
        f"{file}: operator: 3 is no text; write it in quotes",
        f'{file}: allow_networks: 3 is no list of texts; write ["10.0.0.0/8"]',
        f"--host: 0.0.0.0 is reached by others, but nothing proves who they are; {instead}",
        "--public-url: 'http://gapura.example' would carry secrets in the clear; write https://gapura.example",
        f"{file}: streams: must be above 0; write 2000",
    ]


def test_a_slip_of_a_name_is_told_with_the_right_one() -> None:
    assert mistakes_of({"GAPURA_PROT": "1"}) == [
        "GAPURA_PROT: there is no such setting; write GAPURA_PORT, or unset it"
    ]


def test_other_programs_variables_are_passed_over() -> None:
    assert load_settings({"GAPURA_TEST_SCALE": "3", "GAPURA_CHROMIUM": "/x"}) == Settings()


def test_a_missing_file_and_an_unknown_name_in_it_are_told(tmp_path: Path) -> None:
    assert "cannot be read" in mistakes_of({"GAPURA_CONFIG": str(tmp_path / "none.toml")})[0]
    file = tmp_path / "gapura.toml"
    file.write_text("prot = 1\n")
    assert "no setting 'prot'" in mistakes_of({"GAPURA_CONFIG": str(file)})[0]
    file.write_text("port = = 1\n")
    assert "is no TOML" in mistakes_of({"GAPURA_CONFIG": str(file)})[0]


def test_others_may_connect_only_where_identity_and_a_public_address_are_set() -> None:
    reached = {"GAPURA_HOST": "0.0.0.0"}  # noqa: S104 - the case at hand
    assert any("GAPURA_IDENTITY" in mistake for mistake in mistakes_of(reached))
    assert any("GAPURA_PUBLIC_URL" in mistake for mistake in mistakes_of({**reached, "GAPURA_IDENTITY": "tokens"}))
    settings = load_settings({**reached, "GAPURA_IDENTITY": "tokens", "GAPURA_PUBLIC_URL": "https://gapura.example/"})
    assert settings.base_url == "https://gapura.example"
    assert settings.secure


@pytest.mark.parametrize("url", ["gapura.example", "https://gapura.example/api", "ftp://gapura.example", "https://"])
def test_a_public_address_that_is_none_is_told(url: str) -> None:
    assert any("GAPURA_PUBLIC_URL" in mistake for mistake in mistakes_of({"GAPURA_PUBLIC_URL": url}))


def test_secrets_are_never_carried_in_the_clear_to_others() -> None:
    assert "write https" in mistakes_of({"GAPURA_PUBLIC_URL": "http://gapura.example"})[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"GAPURA_PORT": "70000"},
        {"GAPURA_STREAMS": "0"},
        {"GAPURA_TRUSTED_PROXIES": "edge"},
        {"GAPURA_ALLOW_NETWORKS": "10.0.0.0/99"},
    ],
)
def test_a_value_that_cannot_be_is_told(wrong: dict[str, str]) -> None:
    assert len(mistakes_of(wrong)) == 1


def test_every_setting_is_in_the_reference_with_its_default() -> None:
    text = (Path(__file__).parents[3] / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    for field in structs.fields(Settings):
        assert f"| `{field.name}` |" in text


@pytest.mark.parametrize(
    "url",
    ["ftp://p.example", "p.example", "https://", "https://p.example?a=b", "https://p.example/#a", "//p.example"],
)
def test_what_is_no_address_of_a_provider_of_payments_is_called(url: str) -> None:
    (found,) = mistakes_of({"GAPURA_PAYMENTS_URL": url})
    assert "write https://payments.example" in found


def test_a_password_in_the_providers_address_is_taken_or_printed() -> None:
    (found,) = mistakes_of({"GAPURA_PAYMENTS_URL": "https://kas:rahasia@p.example"})
    assert "payments_secret" in found
    assert "rahasia" not in found
