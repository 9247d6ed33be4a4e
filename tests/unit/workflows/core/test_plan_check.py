"""Every mistake of a plan that can be known before anybody applies: each is found, alone, at its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pytest

from tests.declared import contracts, plan
from workflows.core.mistakes import Finding
from workflows.core.plan_check import check_plan

Changes: TypeAlias = Mapping[str, Any]
ContractChanges: TypeAlias = Mapping[str, Changes]


KEPT = {"purpose": "p", "legal_basis": "UU 1/2026"}


def found(changes: Changes, of_contracts: ContractChanges | None = None) -> list[Finding]:
    return check_plan(plan(changes), contracts(of_contracts))


def told(findings: list[Finding]) -> list[str]:
    return [f"{'.'.join(map(str, finding.place))}: {finding.what} → {finding.instead}" for finding in findings]


def test_a_plan_that_is_right_has_no_mistakes() -> None:
    assert found({}) == []


RIGHT: dict[str, Changes] = {
    "an otherwise stands in for a step that may be left out": {
        "steps.permit.otherwise": {"certificate": {"const": "none needed"}},
        "steps.business.in.address": {"const": {"street": "Jl. Contoh"}},
    },
    "a guarded formula may read what may be absent": {
        "steps.taxpayer.in.certificate": {"cel": "has(permit.certificate) ? permit.certificate : ''"},
        "steps.business.when": "has(form.phone) && form.phone != ''",
        "steps.permit.when": "has(business.risk) && business.risk == 'high'",
        "steps.permit.in": {"nib": {"cel": "has(business.nib) ? business.nib : ''"}},
        "steps.taxpayer.in.nib": {"cel": "has(business.nib) ? business.nib : ''"},
    },
    "a variable may have any name that is free": {"steps.permit.when": "form.staff.exists(one, one.name == '')"},
    "a value that the plan knows may be looked into": {"steps.business.in.kbli": {"cel": "form.staff[0].name"}},
    "the case is known by its id": {"output.holder.case": "case.id"},
    "a formula that may suit is taken": {
        "steps.business.in.kbli": {"cel": "has(form.phone) ? form.phone : string(size(form.staff))"},
        "steps.business.in.staff": {"cel": "1.0 * size(form.staff)"},
        "steps.permit.otherwise": {"certificate": {"cel": "form.name"}},
        "steps.taxpayer.in.certificate": {"cel": "permit.certificate"},
    },
    "a literal that suits is taken": {"steps.business.in.kbli": {"const": "56103"}},
    "a condition may take back a reversible step": {
        "steps.business.conditional_on": "taxpayer",
        "steps.business.legal_basis": "PP 28/2025",
    },
    "an optional step may hang on one that may be left out": {
        "steps.business.conditional_on": "permit",
        "steps.business.legal_basis": "PP 28/2025",
        "steps.business.optional": True,
        "steps.permit": {
            "ask": "dpmptsp/verify-standard@1",
            "when": "form.kbli == '1'",
            "in": {"nib": "form.kbli"},
        },
        "steps.taxpayer.in": {"nik": "form.nik", "nib": "form.kbli", "certificate": "permit.certificate"},
        "steps.taxpayer.after": ["business"],
    },
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_let_be(name: str) -> None:
    assert told(found(RIGHT[name])) == []


WRONG: dict[str, tuple[Changes, ContractChanges, list[str]]] = {
    "a contract that nobody has": (
        {"steps.identity.ask": "dukcapil/match-identty@1"},
        {},
        ["steps.identity.ask: there is no contract dukcapil/match-identty@1 → dukcapil/match-identity@1?"],
    ),
    "words that expressions keep": (
        {
            "steps.input": {"ask": "dukcapil/match-identity@1", "in": {"nik": "form.nik"}},
            "steps.return": {"ask": "dukcapil/match-identity@1", "in": {"nik": "form.nik"}},
            "steps.taxpayer.after": ["input", "return"],
        },
        {},
        [
            "steps.input: input is a word that expressions keep for themselves → input_step",
            "steps.return: return is a word that expressions keep for themselves → return_step",
        ],
    ),
    "a step that is called like the form": (
        {"steps.form": {"ask": "dukcapil/match-identity@1", "in": {"nik": "form.nik"}}},
        {},
        ["steps.form: form is a word that expressions keep for themselves → form_step"],
    ),
    "a variable called like a step": (
        {"steps.business.in.staff": {"cel": "size(form.staff.filter(permit, permit.name != ''))"}},
        {},
        ["steps.business.in.staff: the variable permit is called like a step → another name for the variable"],
    ),
    "names that are no steps": (
        {
            "steps.taxpayer.after": ["identty"],
            "steps.business.conditional_on": "taxpayr",
            "output.parts.busines": {},
            "facts": {"f": {"authority": "x", "value": "form.gone", "holders": ["y"], **KEPT}},
        },
        {},
        [
            "steps.business.conditional_on: there is no step taxpayr → taxpayer?",
            "steps.taxpayer.after.0: there is no step identty → identity?",
            "output.parts.busines: there is no step busines → business?",
            "facts.f.authority: there is no step x → business, identity, permit, taxpayer",
            "facts.f.holders.0: there is no step y → business, identity, permit, taxpayer",
            "facts.f.value: form.gone: there is no gone → address, kbli, name, nik, phone, staff",
        ],
    ),
    "expressions that cannot be read": (
        {
            "steps.business.in.kbli": {"cel": "form.kbli +"},
            "steps.business.in.nik": "form nik",
            "steps.permit.when": "now()",
            "steps.permit.otherwise": {"certificate": {"const": 1, "cel": "1"}},
            "output.holder.name": "form..name",
            "facts": {"f": {"authority": "business", "value": "?", "holders": ["taxpayer"], **KEPT}},
        },
        {},
        [
            (
                "steps.business.in.nik: 'form nik' is no reference → names with dots, such as form.business.address; "
                "a literal is {const: ...}, a formula {cel: ...}"
            ),
            (
                "steps.business.in.kbli: this is no CEL expression: it cannot be read at its end → "
                "a CEL expression, such as size(form.workers) > 0"
            ),
            "steps.permit.when: the function now() is not offered here → double, has, int, size, string",
            (
                "steps.permit.otherwise.certificate: a derived value has either const or cel → "
                "{const: VALUE} or {cel: EXPRESSION}"
            ),
            (
                "output.holder.name: 'form..name' is no reference → names with dots, such as form.business.address; "
                "a literal is {const: ...}, a formula {cel: ...}"
            ),
            (
                "facts.f.value: '?' is no reference → names with dots, such as form.business.address; "
                "a literal is {const: ...}, a formula {cel: ...}"
            ),
        ],
    ),
    "references that lead nowhere": (
        {
            "steps.identity.in.nik": "forms.nik",
            "steps.identity.in.name": "form.nam",
            "steps.business.in.kbli": "form.kbli.code",
            "steps.permit.in.risk": "business.risks",
            "output.holder.case": "case.number",
        },
        {},
        [
            "steps.identity.in.nik: forms is neither form, case nor a step → form?",
            "steps.identity.in.name: form.nam: there is no nam → name?",
            "steps.business.in.kbli: form.kbli.code: there is no code → form.kbli alone: it has no fields",
            "steps.permit.in.risk: business.risks: there is no risks → risk?",
            "output.holder.case: case.number: there is no number → id, opened_at, service",
            (
                "steps.identity.in.nik: dukcapil/match-identity@1 lets the applicant correct nik, which does not come "
                "straight from the form → nik: form. and the answer that it is"
            ),
        ],
    ),
    "formulas that read what may be absent": (
        {
            "steps.business.in.kbli": {"cel": "form.phone + form.phone"},
            "steps.taxpayer.in.certificate": {"cel": "permit.certificate"},
            "steps.business.in.address": {"cel": "{'street': form.address.street}"},
        },
        {},
        [
            (
                "steps.business.in.kbli: form.phone may be absent, and then this formula fails → "
                "has(form.phone) && …, or has(form.phone) ? form.phone : …"
            ),
            (
                "steps.business.in.address: form.address may be absent, and then this formula fails → "
                "has(form.address) && …, or has(form.address) ? form.address : …"
            ),
            (
                "steps.taxpayer.in.certificate: permit.certificate may be absent, and then this formula fails → "
                "has(permit.certificate) && …, or has(permit.certificate) ? permit.certificate : …"
            ),
        ],
    ),
    "formulas that cannot suit": (
        {
            "steps.business.in.kbli": {"cel": "size(form.staff)"},
            "steps.business.in.staff": {"cel": "form.name + '!'"},
            "steps.taxpayer.in.nib": {"cel": "business.nib == '' ? 1 : 2.5"},
            "steps.permit.when": "business.risk",
        },
        {},
        [
            ("steps.permit.when: a condition is true or false → a comparison, such as form.a == 'b'"),
            (
                "steps.business.in.kbli: this formula gives integer, and the contract takes string → "
                "a formula whose value suits; string(), int() and double() convert"
            ),
            (
                "steps.business.in.staff: this formula gives string, and the contract takes integer → "
                "a formula whose value suits; string(), int() and double() convert"
            ),
            (
                "steps.taxpayer.in.nib: this formula gives integer or number, and the contract takes string → "
                "a formula whose value suits; string(), int() and double() convert"
            ),
        ],
    ),
    "a step that refers to itself": (
        {"steps.business.in.kbli": "business.nib"},
        {},
        ["steps.business.in.kbli: business refers to itself → a reference to the form or an earlier step"],
    ),
    "inputs that the contract does not have, or misses": (
        {"steps.business.in": {"nik": "form.nik", "kbl": "form.kbli"}},
        {},
        [
            "steps.business.in.kbl: oss/register-business@2 has no input kbl → kbli?",
            (
                "steps.business.in: oss/register-business@2 requires the input kbli → "
                "kbli: and a reference to where it comes from"
            ),
        ],
    ),
    "inputs that do not suit": (
        {
            "steps.business.in.kbli": "form.staff",
            "steps.business.in.staff": {"const": "many"},
            "steps.business.in.address": "form.address",
            "steps.permit.in.risk": "form.kbli",
            "steps.taxpayer.in.nib": {"const": None},
        },
        {},
        [
            (
                "steps.business.in.kbli: form.staff gives array, and the contract takes string → "
                "a reference to a value that suits"
            ),
            (
                "steps.business.in.staff: 'many' gives string, and the contract takes integer → "
                "a reference to a value that suits"
            ),
            (
                "steps.permit.in.risk: form.kbli gives any string, and the contract takes only low, medium, high → "
                "a reference to a value that suits"
            ),
            "steps.taxpayer.in.nib: None gives null, and the contract takes string → a reference to a value that suits",
        ],
    ),
    "a required input that may be absent": (
        {"steps.business.in.kbli": "form.phone", "steps.taxpayer.in.nib": "permit.certificate"},
        {},
        [
            (
                "steps.business.in.kbli: form.phone may be absent, and oss/register-business@2 requires kbli → an "
                '`otherwise` for it, {cel: "has(form.phone) ? form.phone : …"}, or make it required'
            ),
            (
                "steps.taxpayer.in.nib: permit.certificate may be absent, and djp/activate-taxpayer@2 requires nib → "
                "an "
                '`otherwise` for it, {cel: "has(permit.certificate) ? permit.certificate : …"}, or make it required'
            ),
        ],
    ),
    "an otherwise that does not suit": (
        {"steps.permit.otherwise": {"certificate": {"const": 7}, "certificat": {"const": ""}}},
        {},
        [
            (
                "steps.taxpayer.in.certificate: permit.certificate gives integer, and the contract takes string → "
                "a reference to a value that suits"
            ),
            "steps.permit.otherwise.certificat: dpmptsp/verify-standard@1 has no output certificat → certificate?",
        ],
    ),
    "an otherwise where nothing is left out": (
        {"steps.business.otherwise": {"nib": {"const": "0"}}},
        {},
        [
            (
                "steps.business.otherwise: business always contributes, so nothing stands in for it → "
                "optional: true, or a `when`; or no `otherwise`"
            ),
        ],
    ),
    "outputs that an agency does not give on": (
        {
            "steps.taxpayer.in.certificate": "business.certificate",
            "steps.taxpayer.after": ["permit"],
        },
        {},
        [
            (
                "steps.taxpayer.in.certificate: oss does not give business.certificate on to djp → "
                "what may be passed on (nib, risk), or ask oss to add it to `onward`"
            ),
        ],
    ),
    "outputs that reach another agency by a detour": (
        {
            "steps.permit.otherwise": {"certificate": {"cel": "string(business.certificate)"}},
            "steps.business.in.kbli": {"cel": "string(identity.match)"},
            "steps.taxpayer.in.nib": {"cel": "string(size(business))"},
        },
        {"dukcapil": {"onward": []}, "oss": {"output.required": ["nib", "risk", "certificate"]}},
        [
            (
                "steps.business.in.kbli: dukcapil does not give identity.match on to oss → "
                "what may be passed on (nothing), or ask dukcapil to add it to `onward`"
            ),
            (
                "steps.taxpayer.in.nib: oss does not give all of business on to djp → "
                "what may be passed on (nib, risk), or ask oss to add it to `onward`"
            ),
            (
                "steps.taxpayer.in.certificate: oss does not give business.certificate on to djp → "
                "what may be passed on (nib, risk), or ask oss to add it to `onward`"
            ),
        ],
    ),
    "parts that show something else": (
        {
            "output.parts.business.nib": "permit.certificate",
            "output.parts.taxpayer.status": {"const": "active"},
            "output.parts.permit": {"all": "permit"},
        },
        {},
        [
            (
                "output.parts.business.nib: the part business shows something else than a field of its own step → "
                "business. and one of its output fields"
            ),
            (
                "output.parts.taxpayer.status: the part taxpayer shows something else than a field of its own step → "
                "taxpayer. and one of its output fields"
            ),
            (
                "output.parts.permit.all: the part permit shows something else than a field of its own step → "
                "permit. and one of its output fields"
            ),
        ],
    ),
    "corrections that do not reach the form": (
        {"steps.identity.in": {"nik": {"cel": "form.nik + ''"}}},
        {"dukcapil": {"refusals.no_match.correct": ["nik", "name"]}},
        [
            (
                "steps.identity.in: dukcapil/match-identity@1 lets the applicant correct name, which does not come "
                "straight from the form → name: form. and the answer that it is"
            ),
            (
                "steps.identity.in.nik: dukcapil/match-identity@1 lets the applicant correct nik, which does not come "
                "straight from the form → nik: form. and the answer that it is"
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_mistake_is_told_with_what_to_write(name: str) -> None:
    changes, of_contracts, expected = WRONG[name]
    assert told(found(changes, of_contracts)) == expected


def test_a_step_without_its_contract_hides_no_other_mistake() -> None:
    findings = found(
        {
            "steps.business.ask": "oss/gone@1",
            "steps.business.optional": True,
            "steps.business.otherwise": {"nib": {"const": "1"}},
            "steps.identity.in.name": "form.nam",
            "steps.permit.when": "has(business.whatever)",
        }
    )
    places = [finding.place for finding in findings]
    assert places == [("steps", "business", "ask"), ("steps", "identity", "in", "name")]
