"""Writes the generated pages of `docs/reference`: `make reference`. A test fails while a committed page differs."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec.inspect as mi
import rich_click as click
from msgspec import NODEFAULT, UNSET, Struct

import gateway
from contracts.contract import OPERATIONAL
from contracts.problems import PROBLEM_TYPES, Move
from contracts.units import DURATION_PATTERN, Duration, Name, StepWord, Text, Version
from gateway.cli import exits
from gateway.cli.main import main as gapura
from gateway.pages.words import CASE_WORDS, STEP_WORDS, Word
from gateway.reference.fields import CALENDAR_FIELDS, CONTRACT_FIELDS, PLAN_FIELDS, TERMS_FIELDS, Meanings
from gateway.reference.problem_docs import PROBLEM_DOCS
from workflows.core.allowed_moves import CASE_MOVES, STEP_MOVES

FOLDER: Final = Path(gateway.__file__).parents[1] / "docs" / "reference"
_MADE: Final = "<!-- Written by `make reference`: change what it is made of, not this page. -->"


# --- the command line -----------------------------------------------------------------------------------------


COMMON: Final = ("--url", "--token", "--secret", "--json")
"""Options that mean the same with every command that has them."""


def command_line() -> str:
    """Give the page of all commands, from the commands themselves."""
    every = {option.opts[0]: option for _, command in _walk("gapura", gapura) for option in _options(command)}
    page = [
        "# The command line",
        _MADE,
        _prose(gapura.help or "").partition("Exit codes")[0].strip(),
        _lines(
            "Commands that talk to a gateway are callers like any other: they go through [the API](api.md).",
            "Tables and sentences are for people and may change; errors go to standard error.",
        ),
        "## Exit codes",
        _table(("code", "means"), _exit_codes()),
        "## Options that mean the same everywhere",
        _table(("option", "says", "default"), (_option(every[name]) for name in COMMON)),
        "## Environment",
        _table(("variable", "says"), _environment(gapura)),
        _lines(
            "Secrets of submitted cases are kept in `$XDG_STATE_HOME/gapura/cases.json` (by default below",
            "`~/.local/state`), readable by their owner alone. The gateway's own variables are",
            "[settings](settings.md).",
        ),
        *_commands("gapura", gapura),
    ]
    return "\n\n".join(page) + "\n"


def _exit_codes() -> Iterator[tuple[str, str]]:
    """Read the codes and what is written below each."""
    body = ast.parse(inspect.getsource(exits)).body
    for statement, below in pairwise(body):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=int() as code)) if name.isupper():
                if not name.startswith("_"):
                    yield f"{code}", _sentence(below) or "Done."
            case _:
                continue


def _sentence(statement: ast.stmt) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return " ".join(text.split())
        case _:
            return ""


def _environment(group: click.Group) -> Iterator[tuple[str, str]]:
    options = [option for _, command in _walk("gapura", group) for option in _options(command)]
    for name, option in sorted({option.envvar: option for option in options if isinstance(option.envvar, str)}.items()):
        yield f"`{name}`", f"as `{option.opts[0]}`"
    yield "`NO_COLOR`", "no colours, as everywhere"


def _options(command: click.Command) -> list[click.Option]:
    return [option for option in command.params if isinstance(option, click.Option)]


def _walk(name: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        if isinstance(command, click.Group):
            yield from _walk(f"{name} {word}", command)
        elif command is not None:
            yield f"{name} {word}", command


def _commands(name: str, group: click.Group) -> Iterator[str]:
    for title, command in _walk(name, group):
        usage = " ".join(command.collect_usage_pieces(click.Context(command)))
        yield f"## {title}"
        yield f"```text\n{title} {usage}\n```"
        yield _prose(command.help or "")
        own = [option for option in _options(command) if option.opts[0] not in COMMON]
        if own:
            yield _table(("option", "says", "default"), (_option(option) for option in own))
        common = [f"`{option.opts[0]}`" for option in _options(command) if option.opts[0] in COMMON]
        if common:
            yield f"{'Also' if own else 'Takes'} {', '.join(common)}."


def _option(option: click.Option) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    kind = "" if option.is_flag else f" {_kind(option)}"
    default = option.default
    shown = f"`{default}`" if option.show_default and isinstance(default, str | int | float) else ""
    return names + kind, _prose(option.help or ""), "required" if option.required else shown


def _kind(option: click.Option) -> str:
    kind = option.type
    if isinstance(kind, click.Choice):
        return " \\| ".join(f"`{choice}`" for choice in kind.choices)
    if isinstance(kind, click.IntRange):
        return f"{kind.min} to {kind.max}" if kind.max is not None else f"{kind.min} or more"
    return "FOLDER" if isinstance(kind, click.Path) and not kind.file_okay else kind.name.upper()


def _prose(text: str) -> str:
    """Give a help text as Markdown: lines of one paragraph are one line, addresses of variables stay."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))
    return "\n\n".join(re.sub(r"(?<!`)\b(GAPURA_[A-Z]+)\b(?!`)", r"`\1`", paragraph) for paragraph in paragraphs)


# --- what may happen ------------------------------------------------------------------------------------------


def moves() -> str:
    """Give the page of all moves, from the tables that the core moves along."""
    page = [
        "# What may follow what",
        _MADE,
        _lines(
            "A step and a case move only along these two tables (`STEP_MOVES` and `CASE_MOVES` in",
            "`workflows/core/allowed_moves.py`); a journal that says otherwise was altered, or there is a",
            "bug. What makes it move is told [clause by clause](case.md); what the words mean is",
            "in the [glossary](glossary.md).",
        ),
        "## A step, in one round",
        _moves(STEP_MOVES, STEP_WORDS),
        _lines(
            "A corrected or replaced input opens the next round, which begins at *waiting*.",
            "*contributed* ends a round unless it",
            "is taken back. *accepted* again and *exhausted* again are further answers and further reasons.",
        ),
        "## A case",
        _diagram(CASE_MOVES, "draft"),
        _moves(CASE_MOVES, CASE_WORDS),
        _lines(
            "*waiting* (for the applicant), *held* (somebody must look) and *paused* are marks on",
            "an unfinished case, not",
            "states. A *draft* is no application yet; *expired* is one in which the applicant was waited for in vain.",
        ),
    ]
    return "\n\n".join(page) + "\n"


def _diagram(table: Mapping[Any, frozenset[Any]], first: str) -> str:
    lines = [f"  [*] --> {first}"]
    for state, following in table.items():
        lines += [f"  {state} --> {other}" for other in sorted(following)]
        lines += [f"  {state} --> [*]"] if not following else []
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```"


def _moves(table: Mapping[Any, frozenset[Any]], words: Mapping[str, Word]) -> str:
    rows = []
    for state, following in table.items():
        said = words.get(state)
        shown = f"*{said.word.id}*, {said.word.en}" if said else ""
        rows.append((f"`{state}`", shown, ", ".join(f"`{other}`" for other in sorted(following)) or "none: an end"))
    return _table(("state", "on pages", "may become"), rows)


# --- problems -------------------------------------------------------------------------------------------------

_WHOSE: Final[dict[Move, str]] = {"caller": "the caller's", "later": "time's: try again", "us": "ours: a bug"}


def problems() -> str:
    """Give the page of all problem types, from the closed list and what is written of each."""
    page = [
        "# Problem types",
        _MADE,
        _lines(
            "Every error of the API is `application/problem+json` (RFC 9457); its `type` ends in",
            "one of these words. A running",
            "gateway has the same as pages, at `/problems`.",
        ),
        _table(
            ("type", "status", "title", "whose move is next"),
            (
                (f"[{kind.slug}](#{kind.slug})", f"{kind.status}", kind.title, _WHOSE[kind.move])
                for kind in PROBLEM_TYPES.values()
            ),
        ),
    ]
    for slug in PROBLEM_TYPES:
        doc = PROBLEM_DOCS[slug]
        who = (("caller", doc.caller), ("agency", doc.agency), ("operator", doc.operator))
        page += [f"## {slug}", doc.what, "\n".join(f"- **{name}**: {does}" for name, does in who if does)]
    return "\n\n".join(page) + "\n"


# --- fields ---------------------------------------------------------------------------------------------------


def fields() -> str:
    """Give the page of all fields of declared things, from their types."""
    page = [
        "# Fields of contracts, plans and terms",
        _MADE,
        _lines(
            "Every field, its kind, and its default; any other field is a mistake. What the files",
            "must hold beyond their shape is",
            "in [contracts, plans and agreements as files](plans.md).",
        ),
        "## Kinds",
        _table(("kind", "is"), KINDS),
        "## A contract",
        *_structs(CONTRACT_FIELDS),
        _lines(
            f"{', '.join(f'`{name}`' for name in sorted(OPERATIONAL))} are the operational record:",
            "no part of the promise, nor",
            "of its hash. They may change at any time and are effective at once, for open cases too.",
        ),
        "## A plan",
        *_structs(PLAN_FIELDS),
        "## A calendar",
        *_structs(CALENDAR_FIELDS),
        "## Terms of an agreement",
        *_structs(TERMS_FIELDS),
    ]
    return "\n\n".join(page) + "\n"


KINDS: Final = (
    ("text", "`{id: …, en: …}`: both languages"),
    ("string", "a text in one language, or for machines; what only looks like a number stands in quotes"),
    ("name", "lower-case letters, digits and hyphens, a letter first"),
    ("step", "lower-case letters, digits and underscores, a letter first"),
    ("version", "`MAJOR.MINOR.PATCH`"),
    ("instant", "a date and time with its zone (RFC 3339)"),
    (
        "duration",
        "an amount and a unit: "
        + ", ".join(f"`{unit}`" for unit in DURATION_PATTERN.partition("(")[2].rstrip(")$").split("|")),
    ),
    ("schema", "JSON Schema 2020-12"),
    ("value", "a dotted reference (`form.nik`, `business.nib`), `{const: …}` or `{cel: …}`"),
)


def _structs(meanings: Mapping[type[Struct], Meanings]) -> Iterator[str]:
    for number, (kind, says) in enumerate(meanings.items()):
        info = mi.type_info(kind)
        if not isinstance(info, mi.StructType):
            message = f"{kind.__name__} is no struct"
            raise TypeError(message)
        if number:
            yield f"### {_heading(kind)}"
        rows = [
            (f"`{field.encode_name}`", _type(field.type), _default(field), says[field.encode_name])
            for field in info.fields
        ]
        if set(says) != {field.encode_name for field in info.fields}:
            message = f"{kind.__name__} has other fields than gateway/reference/fields.py says"
            raise LookupError(message)
        yield (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
        if rows:
            yield _table(("field", "kind", "default", "is for"), rows)


def _heading(kind: type[Struct]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()


def _default(field: mi.Field) -> str:
    if field.required:
        return "required"
    if field.default is not NODEFAULT and field.default not in (None, UNSET):
        return (
            f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
            if field.default != ""
            else ""
        )
    return ""


def _type(kind: mi.Type) -> str:
    """Give a type in the words of `KINDS`."""
    match kind:
        case mi.Metadata():
            says = str((kind.extra_json_schema or {}).get("description", ""))
            return _NAMED.get(says) or _described(says) or _type(kind.type)
        case mi.LiteralType():
            return " \\| ".join(f"`{value}`" for value in kind.values)
        case mi.ListType() | mi.VarTupleType() | mi.DictType() | mi.UnionType():
            return _many(kind)
        case mi.StructType():
            name = _heading(kind.cls)
            return "text" if kind.cls is Text else f"[{name}](#{name.replace(' ', '-')})"
        case _:
            return _SIMPLE.get(type(kind), "anything")


def _many(kind: mi.ListType | mi.VarTupleType | mi.DictType | mi.UnionType) -> str:
    match kind:
        case mi.ListType() | mi.VarTupleType():
            return f"list: {_type(kind.item_type)}"
        case mi.DictType():
            return "schema" if isinstance(kind.value_type, mi.AnyType) else f"by name: {_type(kind.value_type)}"
        case mi.UnionType():
            names = dict.fromkeys(_type(one) for one in kind.types if not isinstance(one, mi.NoneType))
            return "value" if set(names) == {"string", "[derived](#derived)"} else " \\| ".join(names)


def _described(says: str) -> str:
    return says[:1].lower() + says[1:] if says else ""


_NAMED: Final = {
    str((mi.type_info(kind).extra_json_schema or {})["description"]): name  # type: ignore[attr-defined]  # all have Meta
    for kind, name in ((Duration, "duration"), (Name, "name"), (StepWord, "step"), (Version, "version"))
}
"""Kinds that have a name, by what their types say of them."""

_SIMPLE: Final[dict[type[mi.Type], str]] = {
    mi.StrType: "string",
    mi.IntType: "number",
    mi.FloatType: "number",
    mi.BoolType: "true or false",
    mi.DateTimeType: "instant",
}


# --- writing --------------------------------------------------------------------------------------------------


def _lines(*lines: str) -> str:
    """Give a paragraph."""
    return " ".join(lines)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(' '.join(cell.split()) for cell in row)} |" for row in rows]
    return "\n".join(lines)


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "command-line.md": command_line,
    "moves.md": moves,
    "problems.md": problems,
    "fields.md": fields,
}
"""Each page and what writes it."""


if __name__ == "__main__":
    for page, write in PAGES.items():
        (FOLDER / page).write_text(write(), encoding="utf-8")
