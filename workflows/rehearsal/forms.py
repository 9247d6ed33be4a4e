"""Forms to try a plan with: made of its schema and of what contracts show by example, and changed where asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeGuard, cast

from contracts.contract import Example
from workflows.core.compiled import CompiledPlan
from workflows.core.corrections import merge
from workflows.core.json_kinds import is_fields, is_list, is_number
from workflows.rehearsal.script import described

Form = dict[str, Any]
MOST_VARIANTS: Final = 24
_MOST_CHOICES: Final = 6


class NoForm(Exception):
    """No form could be made that the plan takes; the message says what is wrong with the one that was."""


def made_forms(plan: CompiledPlan) -> dict[str, Form]:
    """Give forms by name: every question answered, only those that must be, and each choice otherwise, one at a time.

    Raises:
        NoForm: none of them is valid.

    """
    schema = plan.published.plan.form
    seeds = _seeds(plan)
    least = described(cast("Form", _made(schema, "", seeds, schema, every=False)), schema)
    whole = described(cast("Form", _made(schema, "", seeds, schema, every=True)), schema)
    if plan.check_form(whole):
        whole = _filled(plan, least, whole)
    candidates = {"every question answered": whole, "only what must be answered": least, **_lists(plan, whole)}
    for pointer, value in _choices(schema, "", schema):
        for form in (whole, least):
            if len(candidates) < MOST_VARIANTS and _at(form, pointer) not in {None, value}:
                candidates.setdefault(f"{pointer} is {value}", with_answer(form, pointer, value))
    found: dict[str, Form] = {}
    for name, form in candidates.items():
        if form not in found.values() and not plan.check_form(form):
            found[name] = form
    if not found:
        wrong = "; ".join(f"{mistake.pointer}: {mistake.detail}" for mistake in plan.check_form(least)[:5])
        raise NoForm(wrong)
    return found


def _lists(plan: CompiledPlan, whole: Form) -> dict[str, Form]:
    """Give forms with two items, and with none, in every list that a step is asked for each item of."""
    found: dict[str, Form] = {}
    for step in plan.steps.values():
        at = step.each.form_pointer if step.each is not None else None
        value = _at(whole, at) if at else None
        if step.each is None or at is None or not is_list(value):
            continue
        found[f"nothing in {at}"] = with_answer(whole, at, [])
        for item in value[:1]:
            names = "".join(f"/{name}" for name in step.each.key.paths[0][1:])
            others = (
                (with_answer(item, names, other) for other in _others(_at(item, names), ())) if is_fields(item) else ()
            )
            two = (with_answer(whole, at, [item, other]) for other in others)
            form = next((form for form in two if not plan.check_form(form)), None)
            if form is not None:
                found[f"two items in {at}"] = form
    return found


def made_answer(schema: Mapping[str, Any]) -> Form:
    """Give answers to what a step asks of the applicant: only what must be answered."""
    return cast("Form", _made(schema, "", {}, schema, every=False))


def _filled(plan: CompiledPlan, least: Form, whole: Form) -> Form:
    """Answer of all that may be left out what the form takes as it was made."""
    form = least
    for name, value in whole.items():
        more = {**form, name: value}
        if not plan.check_form(more):
            form = more
    return form


def _seeds(plan: CompiledPlan) -> dict[str, Any]:
    """Give what contracts' examples show for a question: by its pointer, the first one that is contributed to."""
    seeds: dict[str, Any] = {}
    for name in plan.order:
        step = plan.steps[name]
        granted = [example for example in step.contract.examples if example.output is not None]
        for example in granted[:1]:
            for field, pointer in step.form_inputs.items():
                if field in example.input:
                    seeds.setdefault(pointer, example.input[field])
    return seeds


def _made(
    schema: Mapping[str, Any], pointer: str, seeds: Mapping[str, Any], root: Mapping[str, Any], *, every: bool
) -> object:
    """Make an answer: what an example shows, what the schema itself offers, else something plain of its kind."""
    schema = _resolved(schema, root)
    offered = [schema[word] for word in ("const", "default") if word in schema]
    offered += [*schema.get("examples", [])[:1], *_choices_of(schema)[:1]]
    if pointer and pointer in seeds:
        return seeds[pointer]
    if offered:
        return offered[0]
    if schema.get("type") == "object" or "properties" in schema:
        return {
            name: _made(field, f"{pointer}/{name}", seeds, root, every=every)
            for name, field in schema.get("properties", {}).items()
            if every or name in schema.get("required", [])
        }
    if schema.get("type") == "array":
        count = max(schema.get("minItems", 0), 1 if every else 0)
        return [_made(schema.get("items", {}), f"{pointer}/0", {}, root, every=every) for _ in range(count)]
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> object:
    kind = schema.get("type")
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return schema.get("minimum", 1)
    return "Contoh"[: schema.get("maxLength", 64)].ljust(schema.get("minLength", 1), "a")


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference within the form."""
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return {**found, **{name: value for name, value in schema.items() if name != "$ref"}}


def _choices_of(schema: Mapping[str, Any]) -> list[Any]:
    if "enum" in schema:
        return list(schema["enum"])
    one_of = schema.get("oneOf", [])
    return [each["const"] for each in one_of if "const" in each]


def _choices(schema: Mapping[str, Any], pointer: str, root: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Walk over everything that can be chosen: yes and no, and one of several."""
    schema = _resolved(schema, root)
    for choice in _choices_of(schema)[:_MOST_CHOICES]:
        yield pointer, choice
    if schema.get("type") == "boolean":
        yield from ((pointer, True), (pointer, False))
    for name, field in cast("Mapping[str, Any]", schema.get("properties", {})).items():
        yield from _choices(field, f"{pointer}/{name}", root)


def _at(form: object, pointer: str) -> object:
    for name in pointer.split("/")[1:]:
        form = form.get(name) if is_fields(form) else form[int(name)] if _has(form, name) else None
    return form


def _has(value: object, name: str) -> TypeGuard[list[Any]]:
    """Whether this is a list with an item of that number."""
    return is_list(value) and name.isdecimal() and int(name) < len(value)


def with_answer(form: Form, pointer: str, value: object) -> Form:
    """Give the form with another answer at a JSON Pointer."""
    return merge(form, _nested(form, pointer, value))


def _nested(form: Form, pointer: str, value: object) -> Form:
    """Give the answers that change one: the groups and lists that it is in are whole."""
    first, *way = pointer.split("/")[1:]
    return {first: _with(form.get(first), way, value)}


def _with(old: object, way: list[str], value: object) -> object:
    if not way:
        return value
    name, *further = way
    if _has(old, name):
        return [_with(item, further, value) if place == int(name) else item for place, item in enumerate(old)]
    held = dict(old) if is_fields(old) else {}
    return {**held, name: _with(held.get(name), further, value)}


def changed_answers(plan: CompiledPlan, form: Form, pointers: Iterable[str]) -> Form | None:
    """Give other answers than before that the form takes, for what may be corrected (None: none were found)."""
    for pointer in pointers:
        value = _at(form, pointer)
        for other in _others(value, [*_shown(plan, pointer), *_offered(plan.published.plan.form, pointer)]):
            if other != value and not plan.check_form(with_answer(form, pointer, other)):
                return _nested(form, pointer, other)
    return None


def _shown(plan: CompiledPlan, pointer: str) -> Iterator[Any]:
    """Give what contracts' examples show for a question."""
    for step in plan.steps.values():
        for field, of_form in step.form_inputs.items():
            if of_form == pointer:
                yield from (example.input[field] for example in _examples(step.contract.examples, field))


def _offered(form: Mapping[str, Any], pointer: str) -> list[Any]:
    """Give what can be chosen for a question, wherever in groups and lists it is."""
    schema = form
    for name in pointer.split("/")[1:]:
        schema = _resolved(schema, form)
        inner: Mapping[str, Any] = schema.get("items", {}) if name.isdecimal() else schema.get("properties", {})
        schema = inner if name.isdecimal() else inner.get(name, {})
    return _choices_of(_resolved(schema, form))


def _examples(examples: Iterable[Example], field: str) -> Iterator[Example]:
    return (example for example in examples if field in example.input)


def _others(value: object, shown: Iterable[object]) -> Iterator[object]:
    """Give other values: those of examples first, then small changes of this one."""
    yield from shown
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, str):
        yield from (value[:place] + other + value[place + 1 :] for place, other in _letters(value))
        yield f"{value} B"
    elif is_number(value):
        yield from (value + 1, value - 1)
    elif is_fields(value):
        for name, inner in value.items():
            yield from ({**value, name: other} for other in _others(inner, ()))
    elif is_list(value) and value:
        yield from ([*value[:-1], other] for other in _others(value[-1], ()))
        yield value[:-1]


def _letters(text: str) -> Iterator[tuple[int, str]]:
    for place in reversed(range(len(text))):
        sign = text[place]
        if sign.isdigit():
            yield place, str((int(sign) + 1) % 10)
        elif sign.isalpha():
            yield place, "b" if sign in "aA" else "a"
