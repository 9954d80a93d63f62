"""Write uproot-HZZ.root again, tiled to any number of events, in clusters of any size.

usage: tile.py OUT.root EVENTS CLUSTER [zlib|zstd|lz4|lzma LEVEL]
"""

import sys

import awkward as ak
import numpy as np
import uproot

from binning import example_file

COLLECTIONS = ("Jet", "Muon", "Electron", "Photon")


def tile(out, events, cluster, compression=None):
    """Events 0, 1, 2, … of the file in a circle; every branch has a basket boundary at each cluster's end."""
    source = uproot.open(example_file("uproot-HZZ.root"))["events"].arrays()
    record, flat = {}, {}
    for field in source.fields:
        collection = field.split("_")[0]
        if collection in COLLECTIONS:
            record.setdefault(collection, {})[field.removeprefix(f"{collection}_")] = source[field]
        elif field[1:] not in COLLECTIONS:
            flat[field] = source[field]
    columns = {**{name: ak.zip(fields) for name, fields in record.items()}, **flat}
    with uproot.recreate(out, compression=compression or uproot.ZLIB(1)) as file:
        types = {name: column.type.content for name, column in columns.items()}
        tree = file.mktree("events", types, counter_name=lambda counted: f"N{counted}")
        for start in range(0, events, cluster):
            where = np.arange(start, min(start + cluster, events)) % len(source)
            tree.extend({name: column[where] for name, column in columns.items()})


def tile_flat(out, events, cluster, compression=None):
    """The numbers of uproot-Zmumu.root in a circle."""
    source = uproot.open(example_file("uproot-Zmumu.root"))["events"].arrays(library="np")
    columns = {name: column for name, column in source.items() if column.dtype != object}
    rows = len(next(iter(columns.values())))
    with uproot.recreate(out, compression=compression or uproot.ZLIB(1)) as file:
        tree = file.mktree("events", {name: column.dtype for name, column in columns.items()})
        for start in range(0, events, cluster):
            where = np.arange(start, min(start + cluster, events)) % rows
            tree.extend({name: column[where] for name, column in columns.items()})


if __name__ == "__main__":
    path, events, cluster, *rest = sys.argv[1:]
    chosen = getattr(uproot, rest[0].upper())(int(rest[1])) if rest else None
    tile(path, int(events), int(cluster), chosen)
