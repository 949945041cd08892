from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pipeline_local.report.layout import arrange, reduced


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, set[str]]:
    size = draw(st.integers(0, 9))
    return {
        f"s{n}": {f"s{m}" for m in draw(st.sets(st.integers(0, n - 1)))} if n else set()
        for n in range(size)
    }


def _above(graph: dict[str, set[str]], node: str) -> set[str]:
    return graph[node].union(*(_above(graph, one) for one in graph[node]))


@given(graphs())
def test_reduction_keeps_reachability_and_drops_implied_edges(
    graph: dict[str, set[str]],
) -> None:
    small = reduced(graph)
    for node in graph:
        assert _above(small, node) == _above(graph, node)
        for one, other in combinations(small[node], 2):
            assert one not in _above(graph, other)


@given(graphs())
def test_nodes_follow_their_predecessors_and_never_overlap(graph: dict[str, set[str]]) -> None:
    layout = arrange(reduced(graph))
    assert set(layout.places) == set(graph)
    for (one, other), route in layout.routes.items():
        assert [layer for layer, _ in route] == list(
            range(layout.places[one][0], layout.places[other][0] + 1)
        )
    for (layer, across), (other_layer, other_across) in combinations(layout.places.values(), 2):
        assert layer != other_layer or abs(across - other_across) >= 0.999
    for _, across in layout.places.values():
        assert 0.499 <= across <= layout.breadth - 0.499


def test_a_line_passes_beside_the_nodes_between() -> None:
    layout = arrange({"a": set(), "b": {"a"}, "c": {"b"}, "side": {"a"}, "end": {"c", "side"}})
    (_, bend) = layout.routes["side", "end"][1]
    assert abs(bend - layout.places["c"][1]) >= 0.65


def test_cycles_and_unknown_names_are_left_out() -> None:
    assert reduced({"a": {"b"}, "b": {"a"}}) == {"a": set(), "b": set()}
    assert reduced({"a": {"gone"}}) == {"a": set()}
