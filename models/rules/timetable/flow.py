"""Flows of least cost, as both the choice of meetings and the filling of a slot ask for them."""

from typing import Any

from ortools.graph.python import min_cost_flow

Array = Any  # numpy's


def cheapest(
    tails: Array, heads: Array, capacities: Array, costs: Array, *, ends: tuple[int, int], supply: int
) -> Array:
    """The flow on each arc when `supply` goes from the first of the ends to the second; there must be a way for all of it."""
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, capacities, costs)
    flow.set_node_supply(ends[0], supply)
    flow.set_node_supply(ends[1], -supply)
    if flow.solve() != flow.OPTIMAL:
        raise AssertionError("a flow that has a way for everything has a solution")
    return flow.flows(arcs)
