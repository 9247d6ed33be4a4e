"""What a PDF says of itself beside its pages: what readers show in title bars, side panels and properties.

It says it in two places, the information dictionary and XMP, and readers differ in which of them they show.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast
from xml.dom.minidom import Element, Node

from msgspec import Struct

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdf.generic import Destination

_MAKERS: Final = ("/Creator", "/Producer")
_XMP_MAKERS: Final = frozenset({"xmp CreatorTool", "xmp Producer"})
_HOUSEKEEPING: Final = frozenset({"/CreationDate", "/ModDate", "/Trapped"})
_OF_CONTENT: Final = {
    "http://purl.org/dc/elements/1.1/": frozenset({"date", "format", "identifier", "language"}),
    "http://ns.adobe.com/pdf/1.3/": frozenset({"PDFVersion", "Trapped"}),
    "http://ns.adobe.com/xap/1.0/": frozenset({"CreateDate", "MetadataDate", "ModifyDate"}),
}
"""The XMP schemas of which readers show something, each with what is no word about the content."""
_ACTING: Final = ("/OpenAction", "/AA", "/AcroForm", "/OCProperties", "/Collection")
"""What makes a document do something when it is opened, or show other layers than those that are read."""


class Description(Struct, frozen=True):
    """What a PDF says of itself.

    `facts` are what it is about, each a name and a value; `made_by` is which programs made it, by its information
    dictionary and by its XMP; `acts` says that opening it does something.
    """

    facts: frozenset[tuple[str, str]] = frozenset()
    made_by: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    acts: bool = False


def description_of(reader: PdfReader) -> Description:
    """Read it. Raises whatever pypdf does for a broken file."""
    info: dict[str, Any] = dict(reader.metadata or {})
    xmp = list(_xmp(reader))
    facts = {
        *((name.lstrip("/"), str(value)) for name, value in info.items() if name not in {*_MAKERS, *_HOUSEKEEPING}),
        *((name, value) for name, value in xmp if name not in _XMP_MAKERS),
        *(("outline", title) for title in _titles(cast("list[object]", reader.outline))),
        *(("attachment", entry.name) for entry in reader.attachment_list),
    }
    if reader.metadata is not None and reader.metadata.creation_date is not None:
        facts.add(("created", str(reader.metadata.creation_date)))
    root = reader.root_object
    names = root.get("/Names")
    return Description(
        facts=frozenset(facts),
        made_by=(
            tuple(str(info[name]) for name in _MAKERS if name in info),
            tuple(value for name, value in xmp if name in _XMP_MAKERS),
        ),
        acts=any(name in root for name in _ACTING)
        or (names is not None and "/JavaScript" in names.get_object())
        or any("/AA" in page for page in reader.pages),
    )


def _xmp(reader: PdfReader) -> Iterator[tuple[str, str]]:
    """Give what XMP says, in elements as in attributes, by schema and name."""
    found = reader.xmp_metadata
    waiting: list[Element] = [found.rdf_root] if found is not None else []
    while waiting:
        element = waiting.pop()
        held = [element, *element.attributes.values()] if element.attributes else [element]
        for node in held:
            schema = _OF_CONTENT.get(node.namespaceURI or "")
            if schema is not None and node.localName not in schema:
                yield f"xmp {node.localName}", _text(node)
        waiting += [child for child in element.childNodes if child.nodeType == Node.ELEMENT_NODE]


def _text(node: Any) -> str:  # noqa: ANN401  # an element or an attribute: minidom has no common type for both
    if node.nodeType in {Node.TEXT_NODE, Node.CDATA_SECTION_NODE}:
        return str(node.data)
    return "".join(_text(child) for child in node.childNodes).strip()


def _titles(outline: list[object]) -> Iterator[str]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _titles(cast("list[object]", entry))
        else:
            yield str(cast("Destination", entry).title)
