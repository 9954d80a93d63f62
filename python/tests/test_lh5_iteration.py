"""Blocks over files and groups against the peer's iterator: the same rows, wherever they come from."""

import awkward as ak
import numpy as np
import pytest

import germane as ge

lgdo = pytest.importorskip("lgdo")
lh5 = pytest.importorskip("lh5")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three files with two channels of different lengths, and a table beside each."""
    folder = tmp_path_factory.mktemp("blocks")
    random = np.random.default_rng(3)
    for i in range(3):
        for channel in ("ch1", "ch2"):
            rows = 20 + 7 * i + (5 if channel == "ch2" else 0)
            lengths = random.integers(0, 4, rows)
            vectors = lgdo.VectorOfVectors(
                flattened_data=random.random(int(lengths.sum())), cumulative_length=np.cumsum(lengths).astype("u4")
            )
            columns = {"energy": lgdo.Array(random.random(rows), attrs={"units": "keV"}), "hits": vectors}
            lh5.write(lgdo.Table(columns), f"{channel}/hit", str(folder / f"run{i}.lh5"))
            beside = lgdo.Table({"flag": lgdo.Array(random.random(rows) < 0.5), "energy": lgdo.Array(np.arange(rows))})
            lh5.write(beside, f"{channel}/dsp", str(folder / f"run{i}.lh5"))
    return [str(folder / f"run{i}.lh5") for i in range(3)]


def blocks_of(iterator):
    """Values and origins of all blocks; the peer uses one buffer for all."""
    found = []
    for block in iterator:
        columns = {name: block[name].view_as("ak").to_list() for name in sorted(block)}
        places = [np.asarray(getattr(iterator, f"current_{what}")).tolist() for what in ("local_entries", "global_entries")]
        origins = [[str(one) for one in getattr(iterator, f"current_{what}")] for what in ("files", "groups")]
        found.append((columns, iterator.current_i_entry, *places, *origins))
    return found


@pytest.mark.parametrize(
    "words",
    [
        {"buffer_len": 13},
        {"buffer_len": 1000},
        {"buffer_len": 10, "i_start": 25, "n_entries": 33},
        {"buffer_len": 7, "entry_list": [0, 5, 19, 21, 44, 46, 60, 99]},
        {"buffer_len": 5, "entry_list": [[1, 2], [], [0, 26], [3], [], [38]]},
        {"buffer_len": 50, "field_mask": ["energy"]},
        {"buffer_len": 50, "field_mask": {"hits": False}},
    ],
)
def test_blocks_are_those_of_the_peer(files, words):
    groups = ["ch1/hit", "ch2/hit"]
    ours = blocks_of(ge.lh5.iterate(files, groups, **words))
    assert ours == blocks_of(lh5.LH5Iterator(files, groups, **words))
    assert ours


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ({"entry_list": [20, 0, 44, 45, 99]}, [0, 20, 44, 45, 99]),
        ({"entry_mask": np.arange(177) % 5 == 0}, range(0, 177, 5)),
        ({"entry_mask": np.arange(177) % 5 == 0, "i_start": 3, "n_entries": 20}, range(15, 115, 5)),
        ({"entry_list": [[0, 19], [0]], "i_start": 1}, [19, 20]),
        ({"entry_list": []}, []),
    ],
)
def test_chosen_rows_at_the_ends_of_groups(files, words, chosen):
    # The peer counts a row that begins a group to the group before, too, and fails.
    groups = ["ch1/hit", "ch2/hit"]
    whole = [row for block in ge.lh5.iterate(files, groups, returns="ak") for row in block.to_list()]
    blocks = ge.lh5.iterate(files, groups, returns="ak", buffer_len=4, **words)
    found, places = [], []
    for block in blocks:
        found += block.to_list()
        places += blocks.current_global_entries.tolist()
    assert found == [whole[row] for row in chosen]
    assert places == list(chosen)
    assert len(blocks) == len(chosen)


def test_wildcards_and_nested_groups(files):
    folder = files[0].rpartition("/")[0]
    names, groups = ["run0.lh5", "run[12].lh5"], [["ch1/hit"], ["ch1/hit", "ch2/hit"]]
    ours = blocks_of(ge.lh5.iterate(names, groups, base_path=folder, buffer_len=30))
    theirs = blocks_of(lh5.LH5Iterator([f"{folder}/{name}" for name in names], groups, buffer_len=30))
    assert ours == theirs
    with pytest.raises(FileNotFoundError):
        ge.lh5.iterate(f"{folder}/nothing*.lh5", "ch1/hit")
    with pytest.raises(ValueError, match="sets"):
        ge.lh5.iterate(files, [["ch1/hit"], ["ch2/hit"]])


def test_friends_stand_beside(files):
    groups, words = ["ch1", "ch2"], {"buffer_len": 17}
    ours = ge.lh5.iterate(
        files,
        [f"{group}/hit" for group in groups],
        friend=ge.lh5.iterate(files, [f"{group}/dsp" for group in groups]),
        friend_prefix="dsp_",
        **words,
    )
    theirs = lh5.LH5Iterator(
        files,
        [f"{group}/hit" for group in groups],
        friend=lh5.LH5Iterator(files, [f"{group}/dsp" for group in groups], **words),
        friend_prefix="dsp_",
        **words,
    )
    assert blocks_of(ours) == blocks_of(theirs)
    clash = ge.lh5.iterate(files, "ch1/hit", friend=ge.lh5.iterate(files, "ch1/dsp"))
    with pytest.raises(ge.Error, match="energy"):
        next(iter(clash))
    short = ge.lh5.iterate(files, "ch1/hit", friend=ge.lh5.iterate(files[:2], "ch1/dsp"))
    with pytest.raises(ge.Error, match="rows"):
        next(iter(short))


def test_labels_of_groups_are_columns(files):
    groups, data = ["ch1/hit", "ch2/hit"], {"channel": [1, 2], "gain": [0.5, 1.5]}
    ours = blocks_of(ge.lh5.iterate(files, groups, group_data=data, buffer_len=31))
    assert ours == blocks_of(lh5.LH5Iterator(files, groups, group_data=data, buffer_len=31))
    named = ge.lh5.iterate(files, groups, group_data={"name": ["one", "two"]}, returns="ak")
    names = ak.concatenate([block["name"] for block in named])
    assert set(names.to_list()) == {"one", "two"}
    with pytest.raises(ValueError, match="group_data"):
        ge.lh5.iterate(files, groups, group_data={"name": ["one"]})


def test_iteration_begins_anew_and_knows_its_length(files):
    blocks = ge.lh5.iterate(files, ["ch1/hit", "ch2/hit"], buffer_len="1*kB", returns="np", fields=["energy"])
    one, two = ([block["energy"] for block in blocks] for _ in range(2))
    assert len(blocks) == sum(len(part) for part in one) == 177
    assert [part.tolist() for part in one] == [part.tolist() for part in two]
    assert blocks.buffer_len == 125
    whole = np.concatenate([lh5.read(f"{channel}/hit/energy", file).nda for file in files for channel in ("ch1", "ch2")])
    assert np.array_equal(np.concatenate(one), whole)
    with pytest.raises(ValueError, match="buffer_len"):
        ge.lh5.iterate(files, "ch1/hit", buffer_len="much")


def test_forms_of_blocks(files):
    first = {
        form: next(iter(ge.lh5.iterate(files, "ch1/hit", returns=form))) for form in ("germane", "lgdo", "ak", "arrow", "pd")
    }
    assert type(first["lgdo"]) is lgdo.Table
    assert first["germane"]["energy"].units == "keV"
    assert len({len(block) for block in first.values()}) == 1


def test_mistakes_are_told_before_the_first_block(files, tmp_path):
    with pytest.raises(ge.Error) as caught:
        len(ge.lh5.iterate(files, "ch3/hit"))
    assert "ch3" in str(caught.value)
    with pytest.raises(ge.ColumnError) as caught:
        len(ge.lh5.iterate(files, "ch1/hit", fields=["enrgy"]))
    assert caught.value.nearest == "energy"
    with pytest.raises(ge.FileError):
        len(ge.lh5.iterate(tmp_path / "absent.lh5", "ch1/hit"))
    with pytest.raises(TypeError):
        ge.lh5.iterate(files, "ch1/hit", entry_list=[1], entry_mask=[True])
