"""Workspaces that several tests share."""


def all_modifiers():
    """All seven modifiers in two channels."""
    return {
        "channels": [
            {
                "name": "SR",
                "samples": [
                    {
                        "name": "signal",
                        "data": [4.0, 12.0, 7.0],
                        "modifiers": [
                            {"name": "mu", "type": "normfactor", "data": None},
                            {"name": "lumi", "type": "lumi", "data": None},
                            {"name": "scale", "type": "histosys", "data": {"hi_data": [5, 12, 6], "lo_data": [3.5, 12, 8]}},
                        ],
                    },
                    {
                        "name": "background",
                        "data": [50.0, 40.0, 31.0],
                        "modifiers": [
                            {"name": "rate", "type": "normsys", "data": {"hi": 1.1, "lo": 0.92}},
                            {"name": "scale", "type": "normsys", "data": {"hi": 1.03, "lo": 0.98}},
                            {"name": "own", "type": "shapesys", "data": [5.0, 3.0, 2.5]},
                            {"name": "mc", "type": "staterror", "data": [2.0, 1.5, 1.2]},
                        ],
                    },
                ],
            },
            {
                "name": "CR",
                "samples": [
                    {
                        "name": "background",
                        "data": [300.0, 250.0],
                        "modifiers": [
                            {"name": "rate", "type": "normsys", "data": {"hi": 1.05, "lo": 0.96}},
                            {"name": "free", "type": "shapefactor", "data": None},
                        ],
                    }
                ],
            },
        ],
        "observations": [{"name": "SR", "data": [57.0, 49.0, 40.0]}, {"name": "CR", "data": [310.0, 240.0]}],
        "measurements": [
            {
                "name": "main",
                "config": {
                    "poi": "mu",
                    "parameters": [{"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.5, 1.5]], "inits": [1.0]}],
                },
            }
        ],
        "version": "1.0.0",
    }


def one_channel(name="SR", data=(52, 60, 57), signal=(4, 12, 6)):
    norm = {"name": "scale", "type": "normsys", "data": {"hi": 1.08, "lo": 0.94}}
    shape = {"name": "slope", "type": "histosys", "data": {"hi_data": [46, 53, 61], "lo_data": [54, 50, 45]}}
    stat = {"name": f"mc_{name}", "type": "staterror", "data": [2.5, 2.0, 1.5]}
    mu = {"name": "mu", "type": "normfactor", "data": None}
    return {
        "channels": [
            {
                "name": name,
                "samples": [
                    {"name": "signal", "data": list(signal), "modifiers": [mu, norm]},
                    {"name": "background", "data": [50, 52, 53], "modifiers": [norm, shape, stat]},
                ],
            }
        ],
        "observations": [{"name": name, "data": list(data)}],
        "measurements": [{"name": "main", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


def two_channels():
    """All modifiers with templates, a staterror of two samples, a normsys and a histosys of one name."""
    scale = {"name": "scale", "type": "normsys", "data": {"hi": 1.12, "lo": 0.93}}
    signal = [
        {"name": "mu", "type": "normfactor", "data": None},
        {"name": "tilt", "type": "histosys", "data": {"hi_data": [5.0, 11.5, 6.0], "lo_data": [3.5, 12.5, 8.0]}},
        {"name": "mc", "type": "staterror", "data": [0.4, 0.9, 0.5]},
    ]
    background = [
        scale,
        {"name": "scale", "type": "histosys", "data": {"hi_data": [52.0, 41.0, 30.0], "lo_data": [48.0, 39.5, 33.0]}},
        {"name": "mc", "type": "staterror", "data": [2.0, 1.5, 1.2]},
    ]
    control = [scale, {"name": "own", "type": "shapesys", "data": [21.0, 17.0]}]
    return {
        "channels": [
            {
                "name": "SR",
                "samples": [
                    {"name": "signal", "data": [4.0, 12.0, 7.0], "modifiers": signal},
                    {"name": "background", "data": [50.0, 40.0, 31.0], "modifiers": background},
                ],
            },
            {"name": "CR", "samples": [{"name": "background", "data": [300.0, 250.0], "modifiers": control}]},
        ],
        "observations": [{"name": "SR", "data": [57.0, 49.0, 40.0]}, {"name": "CR", "data": [310.0, 240.0]}],
        "measurements": [{"name": "main", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
