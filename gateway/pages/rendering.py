"""Templates to pages: one environment for each language, the words and formats that templates use, and the assets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from msgspec import Struct

from contracts.units import Text, legible
from gateway.pages import formats
from gateway.pages.formats import Language
from gateway.pages.forms import FILE, Field, Group, Option, Repeat, accepted, element_id, text_of
from gateway.pages.language import translations
from gateway.pages.shell import Shell
from gateway.pages.uploads import file_hint
from gateway.pages.words import RESULT_WORDS
from workflows.outputs.wording import value_text

HERE = Path(__file__).parent
MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
YES_NO = (Option("true", Text("Ya", "Yes")), Option("false", Text("Tidak", "No")))
DATE_HINT = Text("Tanggal-bulan-tahun, misalnya 17-08-2026", "Day-month-year, such as 17-08-2026")


class Asset(Struct, frozen=True):
    """A file that pages load. Its address carries its hash, so that browsers keep it until it changes."""

    content: bytes
    media_type: str
    digest: str


@cache
def assets() -> Mapping[str, Asset]:
    """Read every asset once, by its name."""
    found: dict[str, Asset] = {}
    for path in sorted((HERE / "static").iterdir()):
        if path.suffix in MEDIA_TYPES:
            content = path.read_bytes()
            found[path.name] = Asset(content, MEDIA_TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:12])
    return found


def asset_address(name: str) -> str:
    """Give the address of an asset, its hash included."""
    return f"/aset/{assets()[name].digest}/{name}"


@cache
def environment(language: Language) -> Environment:
    """Give the templates of one language: escaped and legible, strict about what is undefined, its words at hand."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=as_it_reads,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    found.tests.update({"text": is_text, "instant": is_instant})
    catalogue = translations(language)
    found.install_gettext_callables(catalogue.gettext, catalogue.ngettext, newstyle=True)  # type: ignore[attr-defined]  # the i18n extension adds it
    found.filters.update(_Filters(language).named())
    shared: dict[str, Any] = found.globals
    shared["asset"] = asset_address
    return found


def render(template: str, shell: Shell, context: Mapping[str, object]) -> bytes:
    """Render a page inside its shell."""
    return environment(shell.language).get_template(template).render({"shell": shell, **context}).encode()


def as_it_reads(value: object) -> object:
    """Make whatever a page shows legible, whoever wrote it; in sentences with words set in, these are markup by now."""
    if isinstance(value, Markup):
        return Markup(legible(str(value)))  # noqa: S704  # it was markup, and characters were only taken out
    return legible(value) if isinstance(value, str) else value


def humanised(name: object) -> str:
    """Read an identifier as words."""
    return str(name).replace("_", " ").capitalize()


def is_group(element: object) -> bool:
    """Say whether an element of a form is a group."""
    return isinstance(element, Group)


def is_repeat(element: object) -> bool:
    """Say whether an element of a form is a list."""
    return isinstance(element, Repeat)


def is_text(value: object) -> bool:
    """Say whether a value is a text in two languages."""
    return isinstance(value, Text)


def is_instant(value: object) -> bool:
    """Say whether a value is a moment."""
    return isinstance(value, datetime)


class _Filters:
    """The filters of one language: each is bound to it once."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def text(self, value: object) -> str:
        text = value if isinstance(value, Text) else text_of(value)
        return text.into(self._language) if text else ""

    def plain(self, value: object) -> str:
        return value.into(self._language) if isinstance(value, Text) else value_text(value).into(self._language)

    def result_word(self, result: str) -> str:
        return RESULT_WORDS[result].word.into(self._language) if result in RESULT_WORDS else result

    def promised(self, duration: str) -> str:
        return formats.promised(duration, self._language)

    def span(self, length: timedelta) -> str:
        return formats.span(length, self._language)

    def rupiah(self, amount: str) -> str:
        return formats.rupiah(amount, self._language)

    def clock(self, instant: datetime) -> str:
        return formats.clock(instant, self._language)

    def clock_seconds(self, instant: datetime) -> str:
        return formats.clock_seconds(instant, self._language)

    def moment(self, instant: datetime) -> str:
        return formats.moment(instant, self._language)

    def day(self, instant: datetime) -> str:
        return formats.day(instant, self._language)

    @pass_context
    def ago(self, context: Context, instant: datetime) -> str:
        return formats.ago(instant, context["shell"].now, self._language)

    @pass_context
    def left(self, context: Context, until: datetime) -> str:
        return formats.left(until, context["shell"].now, self._language)

    def named(self) -> dict[str, Callable[..., object]]:
        """Give every filter by the name that templates use."""
        days = ("clock", "clock_seconds", "moment", "day", "ago", "left")
        own = ("text", "plain", "result_word", "promised", "span", "rupiah", *days)
        filters: dict[str, Callable[..., object]] = {name: getattr(self, name) for name in own}
        return filters | {
            "anytext": self.text,
            "element_id": element_id,
            "hint_of": hint_of,
            "humanised": humanised,
            "iso": formats.iso,
            "is_group": is_group,
            "is_repeat": is_repeat,
            "options_of": options_of,
            "accepted_of": accepted,
        }


def hint_of(element: object) -> Text | None:
    """Give the hint of a question, group or list; a date says how it is written, a file what it may be."""
    hint: Text | None = getattr(element, "hint", None)
    if hint or not isinstance(element, Field):
        return hint
    return DATE_HINT if element.component == "date" else file_hint(element) if element.component == FILE else None


def render_text(message: str, language: Language) -> str:
    """Translate a text that stands in code; `locales` lists it as it lists the templates' texts."""
    return translations(language).gettext(message)


def options_of(field: Field) -> tuple[Option, ...]:
    """Give a question's choices; a yes-or-no question has these two."""
    return field.options or (YES_NO if field.component == "yesno" else ())


def text_in(value: object, language: Language) -> str:
    """Give any text in a language: a `Text`, `{id, en}`, or one plain string."""
    return _Filters(language).text(value)
