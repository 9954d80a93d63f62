"""HDF5 files that are written or changed here, as h5py and libhdf5 see them."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import ROOT

h5py = pytest.importorskip("h5py")
pytest.importorskip("hdf5plugin")

Change = dict[str, Any]
Edit = Callable[[list[Change]], None]
LIBVERS = ["earliest", ("v108", "v108"), "latest"]
NUMBERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]
PIPELINES = [
    [],
    [["shuffle"]],
    [["deflate", 4]],
    [["shuffle"], ["deflate", 9], ["fletcher32"]],
    [["fletcher32"]],
    [["zstd"]],
    [["shuffle"], ["zstd", 7]],
    [["lzf"]],
    [["shuffle"], ["lzf"]],
    [["lz4"]],
    [["bitshuffle"]],
    [["bitshuffle", 0, 2]],
    [["bitshuffle", 0, 3, 4]],
]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Carry out changes of a file in our writer."""
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "examples" / "hdf5_edit"
    if not program.is_file():
        pytest.skip("no program: `cargo build -p germane-formats --example hdf5_edit`")

    def run(changes: list[Change]) -> None:
        listed = tmp_path / "changes.json"
        listed.write_text(json.dumps(changes))
        done = subprocess.run([str(program), str(listed)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr

    return run


def contents(path: Path) -> dict[str, Any]:
    """Everything that is in a file: each object is visited, each value read."""
    found: dict[str, Any] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, h5py.Empty):
            return None
        if isinstance(value, np.ndarray):
            return [plain(item) for item in value]
        return value.item() if isinstance(value, np.generic) else value

    def visit(name: str, node: Any) -> None:
        attributes = {key: plain(value) for key, value in node.attrs.items()}
        if isinstance(node, h5py.Dataset):
            found[name] = (str(node.dtype), node.shape, plain(node[()]), attributes)
        else:
            found[name] = ("group", sorted(node), attributes)

    with h5py.File(path, "r") as file:
        visit("/", file)
        file.visititems(visit)
    return found


def column(path: str, kind: str, filters: list[Any], chunk: int = 10) -> Change:
    return {"dataset": path, "type": kind, "shape": [0], "max": [None], "chunk": [chunk], "filters": filters}


@pytest.mark.parametrize("version", [0, 2, 3])
def test_h5py_reads_every_type_under_every_filter(edit: Edit, tmp_path: Path, version: int) -> None:
    path = tmp_path / "new.h5"
    kinds: dict[str, list[Any]] = {name: [k % 7 for k in range(25)] for name in NUMBERS}
    kinds |= {
        "bool": [k % 3 == 0 for k in range(25)],
        "float16": [0x3C00 + k for k in range(25)],
        "complex128": [[k * 0.5, -k] for k in range(25)],
        "text": ["grün" * (k % 4) for k in range(25)],
        "list": [list(range(k % 5)) for k in range(25)],
        "enum": [1 + k % 2 for k in range(25)],
        "S6": ["abcdef"[: k % 7] for k in range(25)],
    }
    changes: list[Change] = [{"create": str(path), "version": version}]
    for kind, values in kinds.items():
        for n, filters in enumerate(PIPELINES):
            place = f"/{kind}/{n}"
            changes += [column(place, kind, filters)]
            changes += [{"rows": place, "values": values[:7]}, {"rows": place, "values": values[7:]}]
        changes.append({"dataset": f"/{kind}/plain", "type": kind, "shape": [25]})
        changes.append({"rows": f"/{kind}/plain", "start": 0, "values": values})
        changes.append({"scalar": f"/{kind}/scalar", "type": kind, "value": values[3]})
    edit(changes)

    expected = {name: np.array(values, name) for name, values in kinds.items() if name in NUMBERS}
    expected |= {
        "bool": np.array(kinds["bool"]),
        "float16": np.array(kinds["float16"], "u2").view("f2"),
        "complex128": np.array([complex(*pair) for pair in kinds["complex128"]]),
        "enum": np.array(kinds["enum"], "i4"),
        "S6": np.array(kinds["S6"], "S6"),
    }
    with h5py.File(path, "r") as file:
        visited: list[str] = []
        file.visit(visited.append)
        assert len(visited) == len(kinds) * (len(PIPELINES) + 3)
        for kind, values in kinds.items():
            for name, dataset in file[kind].items():
                if kind == "text":
                    read = dataset.asstr()[()]
                    assert read == values[3] if name == "scalar" else read.tolist() == values
                elif kind == "list":
                    read = dataset[()]
                    assert read.tolist() == values[3] if name == "scalar" else [r.tolist() for r in read] == values
                else:
                    wanted = expected[kind][3] if name == "scalar" else expected[kind]
                    assert dataset.dtype == expected[kind].dtype, (kind, name)
                    np.testing.assert_array_equal(dataset[()], wanted)
            if kind != "list":
                assert file[kind]["0"].maxshape == (None,)


@pytest.mark.parametrize("version", [0, 2, 3])
def test_h5py_reads_axes_fill_values_links_and_attributes(edit: Edit, tmp_path: Path, version: int) -> None:
    path = tmp_path / "new.h5"
    cube = np.arange(7 * 5 * 3, dtype="i4").reshape(7, 5, 3)
    changes: list[Change] = [
        {"create": str(path), "version": version},
        {"dataset": "/deep/er/cube", "type": "int32", "shape": [0, 5, 3], "max": [None, 5, 3], "chunk": [2, 2, 2],
         "filters": [["shuffle"], ["deflate", 4]], "fill": -7},
        {"rows": "/deep/er/cube", "start": 0, "values": cube[:3].ravel().tolist(), "shape": [3, 5, 3]},
        {"rows": "/deep/er/cube", "start": 5, "values": cube[5:].ravel().tolist(), "shape": [2, 5, 3]},
        {"resize": "/deep/er/cube", "rows_left": 9},
        {"link": "/soft", "soft": "/deep/er/cube"},
        {"link": "/deep/hard", "hard": "/deep/er/cube"},
        {"link": "/views/other", "external": "other.h5", "path": "/there"},
        {"attribute": "/", "name": "text", "value": "µs"},
        {"attribute": "/deep", "name": "nothing", "value": None},
        {"attribute": "/deep/er/cube", "name": "list", "value": [1.5, 2.5]},
        {"attribute": "/deep/er/cube", "name": "texts", "value": ["a", "", "ccc"]},
        {"attribute": "/deep/er/cube", "name": "whole", "value": 12},
        {"attribute": "/deep/er/cube", "name": "gone", "value": 12},
        {"look": True},
        {"remove_attribute": "/deep/er/cube", "name": "gone"},
        {"attribute": "/deep/er/cube", "name": "whole", "value": 13},
        {"dataset": "/empty", "type": "float64", "shape": [0, 3], "max": [None, 3], "chunk": [4, 3]},
        {"dataset": "/flat", "type": "float64", "shape": [400], "fill": 2.5},
        {"dataset": "/unwritten", "type": "int16", "shape": [4000]},
        {"rows": "/flat", "start": 10, "values": []},
    ]  # fmt: skip
    edit(changes)
    with h5py.File(path, "r") as file:
        wanted = np.full((9, 5, 3), -7, "i4")
        wanted[:3], wanted[5:7] = cube[:3], cube[5:]
        for name in ["/soft", "/deep/hard", "/deep/er/cube"]:
            np.testing.assert_array_equal(file[name][()], wanted)
        link = file.get("/views/other", getlink=True)
        assert (link.filename, link.path) == ("other.h5", "/there")
        assert file.attrs["text"] == "µs"
        assert isinstance(file["deep"].attrs["nothing"], h5py.Empty)
        attributes = file["soft"].attrs
        assert sorted(attributes) == ["list", "texts", "whole"]
        assert attributes["list"].tolist() == [1.5, 2.5]
        assert attributes["texts"].tolist() == ["a", "", "ccc"]
        assert attributes["whole"] == 13
        assert h5py.h5o.get_info(file["soft"].id).rc == 2
        assert file["empty"].shape == (0, 3)
        assert file["flat"][()].tolist() == [2.5] * 400
        assert not file["unwritten"][()].any()


def grow(file: Any, name: str, values: np.ndarray) -> None:
    """Add rows as h5py users do."""
    dataset = file[name]
    before = dataset.shape[0]
    dataset.resize(before + len(values), axis=0)
    dataset[before:] = values


@pytest.mark.parametrize("libver", LIBVERS)
@pytest.mark.parametrize("version", [0, 2, 3])
def test_h5py_changes_our_files_and_we_theirs(edit: Edit, tmp_path: Path, version: int, libver: Any) -> None:
    path = tmp_path / "both.h5"
    changes: list[Change] = [{"create": str(path), "version": version}]
    for n in range(30):
        changes += [column(f"/g/c{n}", "int32", [["shuffle"], ["deflate", 4]]), {"rows": f"/g/c{n}", "values": list(range(n))}]
    edit(changes)
    model = {f"c{n}": list(range(n)) for n in range(30)}
    for turn in range(3):
        with h5py.File(path, "r+", libver=libver) as file:
            for n in range(30):
                grow(file, f"g/c{n}", np.arange(7, dtype="i4") + turn)
                model[f"c{n}"] += (np.arange(7) + turn).tolist()
            for n in range(40):
                file["g"].create_dataset(f"new{turn}_{n}", data=[n], maxshape=(None,), chunks=(4,))
                model[f"new{turn}_{n}"] = [n]
                file["g"].attrs[f"a{turn}_{n}"] = f"text {n}"
            del file["g"][f"new{turn}_3"]
            del model[f"new{turn}_3"]
        edit(
            [{"open": str(path)}]
            + [{"rows": f"/g/{name}", "values": [100 + k for k in range(len(name))]} for name in model]
            + [column(f"/g/ours{turn}", "int64", []), {"unlink": f"/g/new{turn}_5"}]
            + [{"attribute": "/g", "name": f"a{turn}_7", "value": f"other {turn}"}]
            + [{"remove_attribute": "/g", "name": f"a{turn}_8"}]
        )
        for name in model:
            model[name] = model[name] + [100 + k for k in range(len(name))]
        del model[f"new{turn}_5"]
        model[f"ours{turn}"] = []
    found = contents(path)
    assert found["g"][1] == sorted(model)
    for name, values in model.items():
        assert found[f"g/{name}"][2] == values, name
    assert len(found["g"][2]) == 3 * 39
    assert found["g"][2]["a1_7"] == "other 1"


@pytest.mark.parametrize("libver", LIBVERS)
@pytest.mark.parametrize("track_order", [False, True])
def test_we_change_files_of_h5py(edit: Edit, tmp_path: Path, libver: Any, track_order: bool) -> None:
    path = tmp_path / "theirs.h5"
    rows = np.arange(1000, dtype="f8").reshape(100, 10)
    with h5py.File(path, "w", libver=libver, track_order=track_order) as file:
        common = {"data": rows, "track_order": track_order}
        file.create_dataset("unlimited", maxshape=(None, 10), chunks=(7, 4), compression="gzip", shuffle=True, **common)
        file.create_dataset("both", maxshape=(None, None), chunks=(7, 4), fletcher32=True, **common)
        file.create_dataset("limited", maxshape=(150, 10), chunks=(7, 10), compression="lzf", **common)
        file.create_dataset("single", maxshape=(100, 10), chunks=(100, 10), compression="gzip", **common)
        file.create_dataset("fixed", chunks=(10, 10), **common)
        file.create_dataset("contiguous", **common)
        file.create_dataset("big", data=rows.astype(">f4"), maxshape=(None, 10), chunks=(9, 10))
        file.create_dataset("names", data=["a", "bb"], maxshape=(None,), dtype=h5py.string_dtype())
        group = file.create_group("group", track_order=track_order)
        for n in range(300):
            group.attrs[f"attribute {n}"] = n
            group[f"member {n}"] = n
        group.attrs["long"] = "x" * 50_000
    more = (rows[:23] + 5000).ravel().tolist()
    changes: list[Change] = [{"open": str(path)}]
    for name in ["unlimited", "both", "limited"]:
        changes.append({"rows": name, "values": more, "shape": [23, 10]})
        changes.append({"rows": name, "start": 3, "values": more[:20], "shape": [2, 10]})
    for name in ["single", "fixed", "contiguous"]:
        changes.append({"rows": name, "start": 77, "values": more, "shape": [23, 10]})
    changes += [
        {"rows": "big", "start": 100, "values": more, "shape": [23, 10]},
        {"rows": "names", "start": 2, "values": ["ccc", ""]},
        {"attribute": "group", "name": "attribute 7", "value": "seven"},
        {"attribute": "group", "name": "new", "value": 1.25},
        {"remove_attribute": "group", "name": "attribute 8"},
        {"unlink": "group/member 9"},
        {"scalar": "group/member new", "type": "int32", "value": 9},
        {"attribute": "unlimited", "name": "units", "value": "keV"},
        {"look": True},
        {"scalar": "group/member newer", "type": "int32", "value": 10},
        {"attribute": "group", "name": "newer", "value": 2.25},
    ]
    edit(changes)
    added = rows[:23] + 5000
    with h5py.File(path, "r") as file:
        grown = np.vstack([rows, added])
        grown[3:5] = added[:2]
        for name in ["unlimited", "both", "limited"]:
            np.testing.assert_array_equal(file[name][()], grown, err_msg=name)
        for name in ["single", "fixed", "contiguous"]:
            np.testing.assert_array_equal(file[name][()], np.vstack([rows[:77], added]), err_msg=name)
        np.testing.assert_array_equal(file["big"][()], np.vstack([rows, added]).astype("f4"))
        assert file["names"].asstr()[()].tolist() == ["a", "bb", "ccc", ""]
        assert file["unlimited"].attrs["units"] == "keV"
        group = file["group"]
        members = [f"member {n}" for n in range(300) if n != 9] + ["member new", "member newer"]
        assert (list(group) == members) if track_order else (sorted(group) == sorted(members))
        assert group["member 250"][()] == 250
        assert group["member new"][()] == 9
        attributes = dict(group.attrs)
        assert len(attributes) == 302
        assert attributes["attribute 7"] == "seven"
        assert attributes["attribute 250"] == 250
        assert (attributes["new"], attributes["newer"]) == (1.25, 2.25)
        assert attributes["long"] == "x" * 50_000
    with h5py.File(path, "r+", libver=libver) as file:
        for name in ["unlimited", "both"]:
            grow(file, name, rows)
        for n in range(50):
            file["group"][f"later {n}"] = n
            file["group"].attrs[f"later {n}"] = n
        del file["group"]["member new"]
        del file["group"].attrs["new"]
    with h5py.File(path, "r") as file:
        for name in ["unlimited", "both"]:
            np.testing.assert_array_equal(file[name][()], np.vstack([grown, rows]))
        assert len(file["group"]) == 350
        assert len(file["group"].attrs) == 351


@pytest.mark.parametrize(
    "settings",
    [
        {"userblock_size": 512},
        {"userblock_size": 1024, "libver": "latest"},
        {"fs_strategy": "page", "fs_page_size": 4096, "libver": "latest"},
        {"fs_strategy": "page", "fs_persist": True, "libver": "latest"},
        {"fs_strategy": "fsm", "fs_persist": True},
        {"fs_strategy": "none", "libver": "latest"},
    ],
)
def test_files_with_user_blocks_pages_and_kept_free_space(edit: Edit, tmp_path: Path, settings: dict[str, Any]) -> None:
    path = tmp_path / "odd.h5"
    with h5py.File(path, "w", **settings) as file:
        for n in range(20):
            file.create_dataset(f"g/d{n}", data=np.arange(1000), maxshape=(None,), chunks=(100,), compression="gzip")
            file[f"g/d{n}"].attrs["text"] = "x" * n
        for n in range(0, 20, 3):
            del file[f"g/d{n}"]
    names = [f"g/d{n}" for n in range(20) if n % 3]
    wanted = {name: list(range(1000)) for name in names}
    for turn in range(3):
        changes: list[Change] = [{"open": str(path)}]
        for name in names:
            changes += [{"rows": name, "values": [turn] * 150}, {"attribute": name, "name": f"a{turn}", "value": "y" * 100}]
            wanted[name] += [turn] * 150
        edit([*changes, column(f"ours{turn}", "int16", [])])
        found = contents(path)
        assert {name: found[name][2] for name in names} == wanted
        with h5py.File(path, "r+", libver=settings.get("libver")) as file:
            for name in names:
                grow(file, name, np.full(70, -turn))
                wanted[name] += [-turn] * 70
            file[f"theirs{turn}"] = np.arange(5000)
        found = contents(path)
        assert {name: found[name][2] for name in names} == wanted
        assert found[f"theirs{turn}"][2] == list(range(5000))
    assert all(len(found[name][3]) == 4 for name in names)


# Virtual datasets came with libhdf5 1.10.
@pytest.mark.parametrize("libver", ["earliest", ("earliest", "v110"), "latest"])
def test_unusual_objects_of_h5py_stay_or_are_refused(edit: Edit, tmp_path: Path, libver: Any) -> None:
    path = tmp_path / "odd.h5"
    pairs = np.array([(1, 2.5), (3, 4.5)], [("n", ">i2"), ("x", ">f8")])
    with h5py.File(path, "w", libver=libver) as file:
        file["type"] = np.dtype("f8")
        file.create_dataset("named", data=np.arange(5.0), dtype=file["type"], maxshape=(None,))
        file.create_dataset("pairs", data=pairs, maxshape=(None,))
        file["to"] = h5py.SoftLink("/named")
        file["scalar"] = 7
        file.create_dataset("ordered", data=[1, 2], dtype=h5py.enum_dtype({"A": 1, "B": 2}, basetype="i4"), maxshape=(None,))
        layout = h5py.VirtualLayout((5,), "f8")
        layout[:] = h5py.VirtualSource(file["named"])[:5]
        file.create_virtual_dataset("virtual", layout)
        file["reference"] = file["named"].ref
        for n in range(30):
            file["type"].attrs[f"a{n}"] = n
    edit(
        [
            {"open": str(path)},
            {"rows": "to", "start": 5, "values": [9.5, 10.5]},
            {"attribute": "type", "name": "ours", "value": "text"},
            {"attribute": "virtual", "name": "ours", "value": 1},
            {"scalar": "scalar", "type": "int64", "value": 8},
            {"rows": "ordered", "start": 1, "values": [1, 2, 1]},
        ]
    )
    with h5py.File(path, "r") as file:
        assert file["named"][()].tolist() == [0, 1, 2, 3, 4, 9.5, 10.5]
        assert file["named"].dtype == "f8"
        np.testing.assert_array_equal(file["pairs"][()], pairs)
        assert file["type"].attrs["ours"] == "text"
        assert len(file["type"].attrs) == 31
        assert file["virtual"].attrs["ours"] == 1
        assert file["virtual"][()].tolist() == [0, 1, 2, 3, 4]
        assert file["scalar"][()] == 8
        assert file["ordered"][()].tolist() == [1, 1, 2, 1]
        assert h5py.check_enum_dtype(file["ordered"].dtype) == {"A": 1, "B": 2}
        assert file[file["reference"][()]].name == "/named"
    for refused in [{"rows": "virtual", "start": 0, "values": [1.0]}, {"rows": "scalar", "start": 0, "values": [1, 2]}]:
        with pytest.raises(AssertionError, match=r"cannot be changed|values of the shape"):
            edit([{"open": str(path)}, refused])


@pytest.mark.parametrize("version", [0, 2, 3])
def test_groups_of_thousands_of_members(edit: Edit, tmp_path: Path, version: int) -> None:
    path = tmp_path / "many.h5"
    count = 4000
    changes: list[Change] = [{"create": str(path), "version": version}]
    changes += [{"scalar": f"/many/member {n * 7919 % count}", "type": "int32", "value": n * 7919 % count} for n in range(count)]
    edit(changes)
    with h5py.File(path, "r") as file:
        assert len(file["many"]) == count
        for n in range(0, count, 37):
            assert file[f"many/member {n}"][()] == n
        assert "many/member 4000" not in file
    edit([{"open": str(path)}, {"scalar": "/many/a", "type": "int32", "value": -1}, {"unlink": "/many/member 17"}])
    with h5py.File(path, "r+") as file:
        assert file["many/a"][()] == -1
        for n in range(500):
            file[f"many/later {n}"] = n
    found = contents(path)
    assert len(found["many"][1]) == count + 500
    assert found["many/later 77"][2] == 77


def test_attributes_of_more_than_64_kb(edit: Edit, tmp_path: Path) -> None:
    path = tmp_path / "long.h5"
    long = [k * 0.5 for k in range(20_000)]
    changes: list[Change] = [{"create": str(path), "version": 3}, {"group": "/g"}]
    changes += [{"attribute": "/g", "name": f"a{n}", "value": n} for n in range(20)]
    edit([*changes, {"attribute": "/g", "name": "long", "value": long}])
    found = contents(path)["g"][2]
    assert len(found) == 21
    assert found["long"] == long
    changed = {"attribute": "/g", "name": "a3", "value": "three"}
    edit([{"open": str(path)}, changed, {"attribute": "/g", "name": "more", "value": long}])
    found = contents(path)["g"][2]
    assert (found["a3"], found["a4"], found["more"]) == ("three", 4, long)
    edit([{"open": str(path)}, {"remove_attribute": "/g", "name": "long"}, {"remove_attribute": "/g", "name": "more"}])
    with h5py.File(path, "r+") as file:
        file["g"].attrs["theirs"] = 5
    assert len(contents(path)["g"][2]) == 21


@pytest.mark.parametrize("libver", LIBVERS)
@pytest.mark.parametrize("seed", range(4))
def test_both_writers_take_turns(edit: Edit, tmp_path: Path, seed: int, libver: Any) -> None:
    """Random changes, by h5py and by us, against a model in memory."""
    chance = random.Random(seed)
    path = tmp_path / "turns.h5"
    model: dict[str, list[int]] = {}
    attributes: dict[str, dict[str, Any]] = {}
    if chance.random() < 0.5:
        edit([{"create": str(path), "version": chance.choice([0, 2, 3])}])
    else:
        h5py.File(path, "w", libver=libver, track_order=chance.random() < 0.5).close()
    for _ in range(8):
        ours = chance.random() < 0.5
        changes: list[Change] = [{"open": str(path)}]
        file = None if ours else h5py.File(path, "r+", libver=libver)
        for _ in range(chance.randint(1, 40)):
            kind = chance.random()
            name = f"g{chance.randint(0, 2)}/d{chance.randint(0, 30)}"
            if name not in model:
                chunk, compressed = chance.randint(1, 20), chance.random() < 0.5
                model[name], attributes[name] = [], {}
                changes.append(column(name, "int32", [["shuffle"], ["deflate", 1]] if compressed else [], chunk))
                if file:
                    extra = {"compression": 1, "shuffle": True} if compressed else {}
                    file.create_dataset(name, (0,), "i4", maxshape=(None,), chunks=(chunk,), **extra)
            elif kind < 0.55:
                rows = model[name]
                start = chance.choice([len(rows), chance.randint(0, len(rows))])
                values = [chance.randint(0, 9) for _ in range(chance.randint(1, 60))]
                changes.append({"rows": name, "start": start, "values": values})
                if file:
                    file[name].resize(max(len(rows), start + len(values)), axis=0)
                    file[name][start : start + len(values)] = values
                rows[start : start + len(values)] = values
            elif kind < 0.65:
                rows = model[name]
                left = chance.randint(0, len(rows) + 5)
                changes.append({"resize": name, "rows_left": left})
                if file:
                    file[name].resize(left, axis=0)
                model[name] = rows[:left] + [0] * (left - len(rows))
            elif kind < 0.85:
                key = f"a{chance.randint(0, 12)}"
                value = chance.choice([1.5, "text" * chance.randint(0, 9), chance.randint(0, 99)])
                changes.append({"attribute": name, "name": key, "value": value})
                attributes[name][key] = value
                if file:
                    file[name].attrs[key] = value
            elif kind < 0.9 and attributes[name]:
                key = chance.choice(sorted(attributes[name]))
                changes.append({"remove_attribute": name, "name": key})
                del attributes[name][key]
                if file:
                    del file[name].attrs[key]
            elif kind < 0.95:
                changes.append({"unlink": name})
                del model[name], attributes[name]
                if file:
                    del file[name]
            else:
                changes.append({"look": True})
        if file:
            file.close()
        else:
            edit(changes)
        found = {name: node for name, node in contents(path).items() if node[0] != "group"}
        assert {name: node[2] for name, node in found.items()} == model
        assert {name: node[3] for name, node in found.items()} == attributes
