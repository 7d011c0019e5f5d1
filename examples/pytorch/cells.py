"""Cells as requests describe them: checked, and as plain values that networks are built of."""
from protocol import Invalid, is_whole


def read_part(arch):
    """Returns the number of nodes, the nodes' operations and the edges {(from, to): operation} of a cell; raises Invalid.

    Operations are None where there are none.
    """
    parts = arch.get("parts")
    if not isinstance(parts, list) or len(parts) != 1 or not isinstance(parts[0], dict):
        raise Invalid("the architecture is not one part, a cell")
    nodes, ops, edges = parts[0].get("nodes"), parts[0].get("node_ops"), parts[0].get("edges")
    if not is_whole(nodes) or not isinstance(edges, list):
        raise Invalid("the cell has no number of nodes or no list of edges")
    found = {}
    for edge in edges:
        if not isinstance(edge, dict):
            raise Invalid("an edge of the cell is no object")
        ends = edge.get("from"), edge.get("to")
        if not all(map(is_whole, ends)) or not 0 <= ends[0] < ends[1] < nodes or ends in found:
            raise Invalid(f"the cell has an edge from {ends[0]!r} to {ends[1]!r}")
        found[ends] = edge.get("op")
    return nodes, ops, found


def check_op(op, known):
    """Raises Invalid where an operation is not one of those known."""
    if not isinstance(op, str) or op not in known:
        raise Invalid(f"unknown operation {op!r}: there are {', '.join(known)}")
