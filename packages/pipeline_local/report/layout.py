"""A layered layout for small graphs: longest paths, then barycentres (Sugiyama's method)."""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

_SWEEPS = 8
_BEND = 0.35  # the room of a passing line, in nodes


@dataclass
class Layout:
    """Coordinates of nodes and edges, in units of one node."""

    layers: int = 0
    breadth: float = 0.0
    places: dict[str, tuple[int, float]] = field(default_factory=dict)  # layer, centre across it
    # The places that an edge passes, its ends included.
    routes: dict[tuple[str, str], list[tuple[int, float]]] = field(default_factory=dict)


def reduced(waits: Mapping[str, AbstractSet[str]]) -> dict[str, set[str]]:
    """Return the transitive reduction; drop unknown names, and all edges of a cyclic graph."""
    known = {node: {one for one in before if one in waits} for node, before in waits.items()}
    try:
        order = list(TopologicalSorter(known).static_order())
    except CycleError:
        return {node: set() for node in waits}
    above: dict[str, set[str]] = {}
    for node in order:
        above[node] = known[node].union(*(above[one] for one in known[node]))
    return {
        node: {one for one in before if not any(one in above[other] for other in before)}
        for node, before in known.items()
    }


def arrange(waits: Mapping[str, AbstractSet[str]]) -> Layout:
    """Lay out a graph without cycles, given by direct predecessors; their order breaks ties."""
    depth: dict[str, int] = {}
    for node in TopologicalSorter(waits).static_order():
        depth[node] = max((depth[one] + 1 for one in waits[node]), default=0)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in waits:
        layers[depth[node]].append(node)
    chains: dict[tuple[str, str], list[str]] = {}
    for node, before in waits.items():
        for one in sorted(before):
            passing = [f"{one}\0{node}\0{layer}" for layer in range(depth[one] + 1, depth[node])]
            for bend, layer in zip(passing, range(depth[one] + 1, depth[node]), strict=True):
                layers[layer].append(bend)
            chains[one, node] = [one, *passing, node]
    across = _across(layers, chains)
    place = {n: (index, across[n]) for index, layer in enumerate(layers) for n in layer}
    edge = max((across[n] + _width(n) / 2 for n in across), default=0.0)
    return Layout(
        layers=len(layers),
        breadth=edge,
        places={node: place[node] for node in waits},
        routes={ends: [place[n] for n in chain] for ends, chain in chains.items()},
    )


def _across(
    layers: list[list[str]], chains: Mapping[tuple[str, str], list[str]]
) -> dict[str, float]:
    links: dict[str, list[str]] = {node: [] for layer in layers for node in layer}
    for chain in chains.values():
        for one, other in pairwise(chain):
            links[one].append(other)
            links[other].append(one)
    across: dict[str, float] = {}
    for layer in layers:
        _spread(layer, dict.fromkeys(layer, 0.0), across)
    for sweep in range(_SWEEPS):
        ordered = layers if sweep % 2 == 0 else layers[::-1]
        for layer in ordered:
            wished = {
                n: sum(across[m] for m in links[n]) / len(links[n]) if links[n] else across[n]
                for n in layer
            }
            layer.sort(key=lambda n: wished[n])  # stable: ties keep the order of the definition
            _spread(layer, wished, across)
    first = min((across[n] - _width(n) / 2 for n in across), default=0.0)
    return {node: round(at - first, 3) for node, at in across.items()}


def _spread(layer: list[str], wished: Mapping[str, float], across: dict[str, float]) -> None:
    """Place every node as near to its wish as its neighbours allow, keeping the layer's middle."""
    at: list[float] = []
    for index, node in enumerate(layer):
        least = at[-1] + (_width(layer[index - 1]) + _width(node)) / 2 if at else wished[node]
        at.append(max(wished[node], least))
    shift = sum(wished[n] - a for n, a in zip(layer, at, strict=True)) / len(layer) if at else 0.0
    for node, place in zip(layer, at, strict=True):
        across[node] = place + shift


def _width(node: str) -> float:
    return _BEND if "\0" in node else 1.0
