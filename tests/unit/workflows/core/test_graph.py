"""What follows from references: who waits for whom, and who reads what."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.plan import Plan
from tests.declared import plan
from workflows.core.graph import Graph, build_graph, compile_step, find_cycle, topological_order, transitive


def graph_of(declared: Plan) -> Graph:
    return build_graph(declared, {name: compile_step(step) for name, step in declared.steps.items()})


def test_references_and_after_are_edges_of_two_kinds() -> None:
    graph = graph_of(plan())
    assert graph.data["business"] == frozenset()
    assert graph.after["business"] == {"identity"}
    assert graph.data["permit"] == {"business"}
    assert graph.data["taxpayer"] == {"business", "permit"}
    assert graph.order == ("identity", "business", "permit", "taxpayer")


def test_relations_reach_to_their_ends() -> None:
    graph = graph_of(plan())
    assert graph.ancestors["taxpayer"] == {"identity", "business", "permit"}
    assert graph.descendants["identity"] == {"business", "permit", "taxpayer"}
    assert graph.data_descendants["identity"] == frozenset()
    assert graph.data_descendants["business"] == {"permit", "taxpayer"}
    assert graph.after_descendants["identity"] == {"business", "permit", "taxpayer"}
    assert graph.after_descendants["business"] == frozenset()


def test_what_a_condition_or_otherwise_reads_is_an_edge_too() -> None:
    changes = {
        "steps.identity.when": "permit.certificate == ''",
        "steps.identity.otherwise": {"match": "taxpayer.status"},
    }
    declared = plan({**changes, "steps.business.after": []})
    graph = graph_of(declared)
    assert graph.data["identity"] == {"permit", "taxpayer"}
    assert graph.order == ("business", "permit", "taxpayer", "identity")


def test_an_after_edge_beside_a_reference_adds_nothing() -> None:
    graph = graph_of(plan({"steps.permit.after": ["business", "nobody"]}))
    assert graph.after["permit"] == frozenset()


def test_conditions_are_known_by_step() -> None:
    graph = graph_of(plan({"steps.business.conditional_on": "taxpayer", "steps.permit.conditional_on": "nobody"}))
    assert graph.conditional == {"business": "taxpayer"}


def test_form_values_are_named_by_json_pointers() -> None:
    graph = graph_of(plan({"steps.business.in.address": "form.address"}))
    assert graph.form_reads["business"] == {"/nik", "/kbli", "/staff", "/address"}
    assert graph.form_inputs["business"] == {"nik": "/nik", "kbli": "/kbli", "address": "/address"}
    assert graph.form_inputs["permit"] == {}


def test_a_circle_is_named() -> None:
    declared = plan({"steps.identity.after": ["taxpayer"]})
    with pytest.raises(ValueError, match=r"identity → taxpayer → .* → identity"):
        graph_of(declared)


def test_a_circle_is_found_wherever_it_hangs() -> None:
    assert find_cycle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ("b", "c", "b")
    assert find_cycle({"a": ["b"], "b": [], "c": ["a", "c"]}) == ("c", "c")
    assert find_cycle({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == ()
    assert find_cycle({"a": ["nobody"]}) == ()


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.frozensets(st.sampled_from("abcdefgh")), min_size=1))
def test_there_is_an_order_exactly_when_there_is_no_circle(edges: dict[str, frozenset[str]]) -> None:
    known = {name: others & edges.keys() for name, others in edges.items()}
    circle = find_cycle(known)
    if circle:
        assert all(following in known[name] for name, following in itertools.pairwise(circle))
        assert circle[0] == circle[-1]
        with pytest.raises(ValueError, match="wait for each other"):
            topological_order(known)
        return
    order = topological_order(known)
    assert sorted(order) == sorted(known)
    reached = transitive(known, order)
    for name in order:
        assert all(order.index(before) < order.index(name) for before in reached[name])
        assert reached[name] == known[name].union(*(reached[before] for before in known[name]))
