"""`gapura case document`: what a gateway suggests as a file's name is taken only if it is one."""

from __future__ import annotations

import pytest

from gateway.cli.case_documents import name_in


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="surat-nib.pdf"', "surat-nib.pdf"),
        ('attachment; filename="../../.bashrc"', "document"),
        ('attachment; filename="/etc/cron.d/x.sh"', "document"),
        ('attachment; filename=".ssh.pdf"', "document"),
        ("", "document"),
    ],
)
def test_a_name_that_leads_elsewhere_is_not_written_to(disposition: str, name: str) -> None:
    assert name_in(disposition) == name
