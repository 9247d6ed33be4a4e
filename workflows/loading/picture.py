"""A plan as a picture (SVG): steps in layers, from the form at the top to the joint output at the bottom.

Self-contained: no script, no font, no address. The same plan always gives the same bytes. Who cannot see it is told
the same by its title and description.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct, field

from contracts.plan import PublishedPlan
from contracts.units import Text
from workflows.core.graph import Graph, build_graph, compile_step
from workflows.core.step_words import words_of

_FORM: Final = ":form"
_OUTPUT: Final = ":output"
_WIDTH, _LINE, _PAD = 244, 17, 11
_GAP_X, _GAP_Y, _MARGIN = 28, 56, 24
_CHARACTERS: Final = 28
_BEND_WIDTH: Final = 22
_SWEEPS: Final = 8

_WORDS: Final = {
    "form": Text("Formulir", "Form"),
    "none": Text("hanya memeriksa", "only looks"),
    "reversible": Text("dapat dibatalkan", "can be undone"),
    "final": Text("tidak dapat dibatalkan", "cannot be undone"),
    "each": Text("untuk setiap butir", "for each item"),
    "wait": Text("waktu berjalan", "time passes"),
    "applicant": Text("dilakukan pemohon", "done by the applicant"),
    "data": Text("meneruskan data", "passes data on"),
    "after": Text("hanya menunggu", "only waits"),
    "conditional": Text("batal bila itu batal", "taken back without it"),
    "waits": Text("menunggu", "waits for"),
    "first": Text("mulai dari formulir", "starts from the form"),
}
_STYLE: Final = """
text{font:13px system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:#14262b}
.head{font-weight:600}.quiet{fill:#46585e;font-size:12px}
.box{fill:#fff;stroke:#0f4c57;stroke-width:1.5}.final{stroke-width:3}.inner{fill:none;stroke:#0f4c57}
.own{fill:#0f4c57}
.end{fill:#0f4c57;stroke:none}.on{fill:#fff}.maybe{stroke-dasharray:6 4}
.edge{fill:none;stroke:#46585e;stroke-width:1.5}.after{stroke-dasharray:2 5}.conditional{stroke:#9a4b00;stroke-width:3}
""".replace("\n", "")


class _Node(Struct):
    """A box, or a bend of an edge that passes a layer (no lines): where it is, once placed."""

    name: str
    layer: int
    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Each with its style."""
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0

    @property
    def width(self) -> int:
        return _WIDTH if self.lines else _BEND_WIDTH

    @property
    def own_height(self) -> int:
        return len(self.lines) * _LINE + 2 * _PAD if self.lines else 0


class _Edge(Struct, frozen=True):
    """An arrow: its kind, and the nodes that it passes, bends included."""

    kind: str
    path: tuple[str, ...]


def picture(published: PublishedPlan, language: str = "id") -> str:
    """Give the SVG of a plan, worded in `language` ("id" or "en")."""
    plan = published.plan
    graph = build_graph(plan, {name: compile_step(step) for name, step in plan.steps.items()})
    nodes = {node.name: node for node in _nodes(published, graph, language)}
    edges = _bent(list(_edges(published, graph)), nodes)
    layers = _ordered(nodes, edges)
    width, height = _place(layers)
    legend = _legend(language)
    body = [_drawn_edge(edge, nodes) for edge in edges]
    body += [_drawn_node(node, published) for node in nodes.values() if node.lines]
    body += [f'<g transform="translate({_MARGIN},{height})">{legend}</g>']
    width, height = max(width, _LEGEND_WIDTH + 2 * _MARGIN), height + _LEGEND_HEIGHT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" lang={quoteattr(language)} aria-labelledby="title desc">'
    )
    told = f'<title id="title">{escape(plan.title.into(language))}</title>'
    told += f'<desc id="desc">{escape(_described(published, graph, language))}</desc>'
    return (
        "\n".join(
            [head, told, f"<style>{_STYLE}</style>", f"<defs>{_ARROWS}</defs>", _ground(width, height), *body, "</svg>"]
        )
        + "\n"
    )


# --- what is there ------------------------------------------------------------------------------------------


def _nodes(published: PublishedPlan, graph: Graph, language: str) -> Iterable[_Node]:
    plan, layer = published.plan, {_FORM: 0}
    for name in graph.order:
        layer[name] = 1 + max((layer[before] for before in graph.data[name] | graph.after[name]), default=0)
    yield _Node(_FORM, 0, _wrapped([_WORDS["form"].into(language)]))
    for name in plan.steps:
        yield _Node(name, layer[name], _wrapped(_said(name, published, language)))
    yield _Node(_OUTPUT, max(layer.values()) + 1, _wrapped([plan.output.title.into(language)]))


def _said(name: str, published: PublishedPlan, language: str) -> list[str]:
    """Give what stands in a step's box: its title, whose it is, and when it is left out."""
    step = published.plan.steps[name]
    return [published.title_of(name).into(language), *words_of(step, published.asked_under(name), language)]


def _edges(published: PublishedPlan, graph: Graph) -> Iterable[_Edge]:
    for name in published.plan.steps:
        before = [each for each in graph.order if each in graph.data[name] | graph.after[name]]
        for each in before:
            yield _Edge("data" if each in graph.data[name] else "after", (each, name))
        if not before:
            yield _Edge("data", (_FORM, name))
        if name in graph.conditional and graph.conditional[name] not in before:
            yield _Edge("conditional", (name, graph.conditional[name]))
    followed = {each for name in published.plan.steps for each in graph.data[name] | graph.after[name]}
    for name in published.plan.steps:
        if name in published.plan.output.parts or name not in followed:
            yield _Edge("data", (name, _OUTPUT))


def _wrapped(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Break texts into lines that fit a box, the first as its head."""
    styles = ["head", *("quiet" for _ in texts[1:])]
    return [(line, style) for text, style in zip(texts, styles, strict=True) for line in wrap(text, _CHARACTERS)]


# --- where it is --------------------------------------------------------------------------------------------


def _bent(edges: Sequence[_Edge], nodes: dict[str, _Node]) -> list[_Edge]:
    """Let edges that pass layers bend there, beside the boxes; the bends are added to the nodes."""
    found: list[_Edge] = []
    for edge in edges:
        first, last = (nodes[name] for name in edge.path)
        step = 1 if last.layer > first.layer else -1
        path = [first.name]
        for layer in range(first.layer + step, last.layer, step):
            bend = _Node(f"{first.name}>{last.name}@{layer}", layer)
            nodes[bend.name] = bend
            path.append(bend.name)
        found.append(_Edge(edge.kind, (*path, last.name)))
    return found


def _ordered(nodes: Mapping[str, _Node], edges: Sequence[_Edge]) -> list[list[_Node]]:
    """Order each layer so that few edges cross: each node near the middle of its neighbours, over and over."""
    layers: list[list[_Node]] = [[] for _ in range(1 + nodes[_OUTPUT].layer)]
    for node in nodes.values():
        layers[node.layer].append(node)
    beside: dict[str, list[str]] = {name: [] for name in nodes}
    for edge in edges:
        for one, other in pairwise(edge.path):
            beside[one].append(other)
            beside[other].append(one)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            # From 0 to 1, since layers have different lengths.
            at = {node.name: (place + 0.5) / len(one) for one in layers for place, node in enumerate(one)}
            middles = {node.name: fmean([at[name] for name in beside[node.name]]) for node in layer}
            layer.sort(key=lambda node, middles=middles: middles[node.name])  # type: ignore[misc]  # bound now
    return layers


def _place(layers: Sequence[Sequence[_Node]]) -> tuple[int, int]:
    """Give every node its place; each layer is centred. Give the width and height of it all."""
    widths = [sum(node.width for node in layer) + _GAP_X * (len(layer) - 1) for layer in layers]
    width = max(widths) + 2 * _MARGIN
    y = float(_MARGIN)
    for layer, own in zip(layers, widths, strict=True):
        x, height = (width - own) / 2, max(node.own_height for node in layer)
        for node in layer:
            node.x, node.y = x + node.width / 2, y + height / 2
            node.height = node.own_height or height  # an edge passes a layer upright, beside its boxes
            x += node.width + _GAP_X
        y += height + _GAP_Y
    return width, round(y - _GAP_Y + _MARGIN)


# --- how it looks -------------------------------------------------------------------------------------------

_EDGE_STYLES: Final = {"data": "edge", "after": "edge after", "conditional": "edge conditional"}
_ARROWS: Final = "".join(
    f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" markerWidth="11" '
    f'markerHeight="11" orient="auto"><path d="M0 0L10 5L0 10z" fill="{color}"/></marker>'
    for name, color in (("arrow", "#46585e"), ("thick", "#9a4b00"))
)
_LEGEND_WIDTH, _LEGEND_HEIGHT = 620, 92


def _ground(width: int, height: int) -> str:
    return f'<rect width="{width}" height="{height}" fill="#f7f9f9"/>'


def _drawn_edge(edge: _Edge, nodes: Mapping[str, _Node]) -> str:
    """Draw an arrow from its first box to its last: curved between layers, upright beside their boxes."""
    path = [nodes[name] for name in edge.path]
    sign = 1 if path[-1].layer > path[0].layer else -1
    drawn = f"M{path[0].x:.0f} {path[0].y + sign * path[0].height / 2:.0f}"
    for one, other in pairwise(path):
        y, to_y = one.y + sign * one.height / 2, other.y - sign * other.height / 2
        to_y -= sign * 2 * (other is path[-1])
        half = (y + to_y) / 2
        drawn += f"C{one.x:.0f} {half:.0f} {other.x:.0f} {half:.0f} {other.x:.0f} {to_y:.0f}"
        if other is not path[-1]:
            drawn += f"V{other.y + sign * other.height / 2:.0f}"
    return f'<path class="{_EDGE_STYLES[edge.kind]}" d="{drawn}" marker-end="url(#{_head(edge.kind)})"/>'


def _head(kind: str) -> str:
    return "thick" if kind == "conditional" else "arrow"


def _drawn_node(node: _Node, published: PublishedPlan) -> str:
    x, y = node.x - node.width / 2, node.y - node.height / 2
    if node.name in {_FORM, _OUTPUT}:
        return _box(x, y, node, "end", radius=24) + _text(node, on="on ")
    step, contract = published.plan.steps[node.name], published.asked_under(node.name)
    effect = contract.effect if contract is not None else "none"
    maybe = " maybe" if step.optional or step.when is not None else ""
    radius = node.height / 2 if step.wait is not None else 16.0 if effect == "none" else 3.0
    boxes = _stacked(x, y, node, radius) if step.each is not None else ""
    boxes += _box(x, y, node, f"box{' final' if effect == 'final' else ''}{maybe}", radius=radius)
    if step.applicant is not None:
        boxes += _bar(x, y, node.height)
    if effect == "final":
        size = f'width="{node.width - 10}" height="{node.height - 10:.0f}"'
        boxes += f'<rect class="inner" x="{x + 5:.0f}" y="{y + 5:.0f}" {size}/>'
    return f"<g>{boxes}{_text(node)}</g>"


def _box(x: float, y: float, node: _Node, style: str, *, radius: float) -> str:
    size = f'width="{node.width}" height="{node.height:.0f}" rx="{radius:.0f}"'
    return f'<rect class="{style}" x="{x:.0f}" y="{y:.0f}" {size}/>'


def _stacked(x: float, y: float, node: _Node, radius: float) -> str:
    """Draw the edges of two more boxes behind one: it is asked for several items."""
    size = f'width="{node.width}" height="{node.height:.0f}" rx="{radius:.0f}"'
    return "".join(f'<rect class="inner" x="{x + far:.0f}" y="{y + far:.0f}" {size}/>' for far in (8, 4))


def _bar(x: float, y: float, height: float) -> str:
    """Draw a bar at the side of a box: the applicant does it."""
    return f'<rect class="own" x="{x + 8:.0f}" y="{y + 10:.0f}" width="5" height="{height - 20:.0f}" rx="2"/>'


def _text(node: _Node, *, on: str = "") -> str:
    top = node.y - node.height / 2 + _PAD + _LINE - 4
    lines = [
        f'<tspan class="{on}{style}" x="{node.x:.0f}" y="{top + index * _LINE:.0f}">{escape(line)}</tspan>'
        for index, (line, style) in enumerate(node.lines)
    ]
    return f'<text text-anchor="middle">{"".join(lines)}</text>'


def _legend(language: str) -> str:
    """Say what boxes and arrows mean."""
    pieces: list[str] = []
    for index, effect in enumerate(("none", "reversible", "final")):
        x = index * 200
        style, radius = ("box final" if effect == "final" else "box"), 5 if effect == "none" else 2
        pieces.append(f'<rect class="{style}" x="{x + 2}" y="4" width="26" height="16" rx="{radius}"/>')
        if effect == "final":
            pieces.append(f'<rect class="inner" x="{x + 6}" y="8" width="18" height="8"/>')
        pieces.append(f'<text class="quiet" x="{x + 36}" y="17">{escape(_WORDS[effect].into(language))}</text>')
    marks = {
        "each": '<rect class="inner" x="{0}" y="36" width="22" height="14" rx="2"/>'
        '<rect class="box" x="{1}" y="32" width="22" height="14" rx="2"/>',
        "wait": '<rect class="box" x="{1}" y="32" width="26" height="16" rx="8"/>',
        "applicant": '<rect class="box" x="{1}" y="32" width="26" height="16" rx="4"/>'
        '<rect class="own" x="{0}" y="35" width="4" height="10" rx="2"/>',
    }
    for index, (kind, mark) in enumerate(marks.items()):
        x = index * 200
        pieces.append(mark.format(x + 6, x + 2))
        pieces.append(f'<text class="quiet" x="{x + 36}" y="45">{escape(_WORDS[kind].into(language))}</text>')
    for index, kind in enumerate(("data", "after", "conditional")):
        x, style = index * 200, _EDGE_STYLES[kind]
        pieces.append(f'<path class="{style}" d="M{x + 2} 66H{x + 28}" marker-end="url(#{_head(kind)})"/>')
        pieces.append(f'<text class="quiet" x="{x + 36}" y="70">{escape(_WORDS[kind].into(language))}</text>')
    return "".join(pieces)


def _described(published: PublishedPlan, graph: Graph, language: str) -> str:
    """Say in sentences what the picture shows, step by step."""
    told: list[str] = []
    for name in graph.order:
        words = ", ".join(_said(name, published, language))
        before = [each for each in graph.order if each in graph.data[name] | graph.after[name]]
        titles = "; ".join(_said(each, published, language)[0] for each in before)
        waits = f"{_WORDS['waits'].into(language)} {titles}" if before else _WORDS["first"].into(language)
        told.append(f"{words}: {waits}.")
    return " ".join(told)
