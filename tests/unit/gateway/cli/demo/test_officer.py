"""The scripted officer reads forms of pages as a browser does."""

from __future__ import annotations

import pytest

from gateway.cli.demo.officer import Forms

PAGE = """
<form action="/keluar"><input type="hidden" name="csrf" value="1"></form>
<input name="outside" value="x">
<form action="/tugas/a" method="post">
  <input type="hidden" name="decision" value="contribute"><input name="nib" value="kept">
  <select name="status"><option value="active">Aktif</option></select><textarea name="note">x</textarea>
  <input type="radio" name="choice" value="a"><input type="radio" name="choice" value="b">
</form>
<form action="/tugas/a" method="post"><input type="hidden" name="decision" value="refuse"></form>
"""


def test_a_form_of_another_decision_is_filled() -> None:
    forms = Forms(PAGE)
    action, fields = forms.with_field("decision", "contribute")
    assert action == "/tugas/a"
    assert fields == {"decision": "contribute", "nib": "kept", "status": "", "note": "", "choice": ""}
    assert forms.with_field("decision", "refuse")[1] == {"decision": "refuse"}


def test_a_missing_form_is_not_told() -> None:
    with pytest.raises(LookupError, match="no form with decision return"):
        Forms(PAGE).with_field("decision", "return")


def test_a_field_outside_of_forms_is_sent() -> None:
    with pytest.raises(LookupError):
        Forms(PAGE).with_field("outside")
