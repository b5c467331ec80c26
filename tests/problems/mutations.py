"""Files of JSON rows, changed at random: cut, with other bytes, other values, without a key."""

import json
import os

from hypothesis import strategies as st

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


def mutated(content: bytes, data: st.DataObject) -> bytes:
    """The content of a file, changed in one way."""
    how = data.draw(st.sampled_from(["cut", "bytes", "value", "key", "repeat"]))
    if how == "cut":
        return content[: data.draw(st.integers(0, len(content)))]
    if how == "bytes":
        place = data.draw(st.integers(0, len(content)))
        return content[:place] + data.draw(st.binary(max_size=8)) + content[place + data.draw(st.integers(0, 8)) :]
    if how == "repeat":
        return content + content
    try:
        rows = json.loads(content)
    except ValueError:
        rows = None
    lines = [] if rows is not None else [line for line in content.split(b"\n") if line.startswith(b"{")]
    rows = rows if isinstance(rows, list) else [json.loads(line) for line in lines]
    if not rows:
        return content + os.linesep.encode()
    row = data.draw(st.sampled_from(rows))
    place, key = row, data.draw(st.sampled_from(sorted(row)))
    while isinstance(place[key], dict) and place[key] and data.draw(st.booleans()):
        place, key = place[key], data.draw(st.sampled_from(sorted(place[key])))
    if how == "key":
        place.pop(key)
    else:
        place[key] = data.draw(VALUES)
    if lines:
        return "\n".join(json.dumps(row) for row in rows).encode()
    return json.dumps(rows).encode()
