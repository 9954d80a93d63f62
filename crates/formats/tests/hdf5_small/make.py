"""Make the two small files of the hostile-bytes tests, with h5py 3.16: `python make.py` in this folder."""

import h5py
import numpy as np

for name, versions in [("earliest", ("earliest", "v108")), ("latest", ("latest", "latest"))]:
    with h5py.File(f"{name}.h5", "w", libver=versions) as f:
        values = (np.arange(120, dtype="<u2") ** 2).reshape(6, 20)
        f.create_dataset("checked", data=values, chunks=(4, 20), maxshape=(None, 20), shuffle=True, compression="gzip", fletcher32=True)
        f.create_dataset("summed", data=values[:, :5], chunks=(4, 3), fletcher32=True)
        f.create_dataset("bare", data=values[0], chunks=(8,), maxshape=(None,), compression="lzf")
        f["flat"] = np.arange(5, dtype=">i4")
        f["text"] = ["one", "", "µs"]
        f["flag"] = np.array([True, False])
        group = f.create_group("group")
        for k in range(10 if name == "latest" else 3):
            group.attrs[f"a{k}"] = k
        group.attrs["units"] = "ns"
        group["soft"] = h5py.SoftLink("/flat")
        group["self"] = group
