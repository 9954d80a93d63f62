"""A small search: a signal region with a shape uncertainty, a control region for the background."""

SCALE = {"name": "scale", "type": "normsys", "data": {"hi": 1.08, "lo": 0.94}}

WORKSPACE = {
    "channels": [
        {
            "name": "SR",
            "samples": [
                {
                    "name": "signal",
                    "data": [4.0, 12.0, 6.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}, SCALE],
                },
                {
                    "name": "background",
                    "data": [50.0, 52.0, 53.0],
                    "modifiers": [
                        SCALE,
                        {"name": "slope", "type": "histosys", "data": {"hi_data": [46, 53, 61], "lo_data": [54, 50, 45]}},
                        {"name": "mc", "type": "staterror", "data": [2.5, 2.0, 1.5]},
                    ],
                },
            ],
        },
        {
            "name": "CR",
            "samples": [
                {
                    "name": "background",
                    "data": [210.0, 190.0],
                    "modifiers": [SCALE, {"name": "own", "type": "shapesys", "data": [9.0, 8.0]}],
                }
            ],
        },
    ],
    "observations": [{"name": "SR", "data": [52.0, 60.0, 57.0]}, {"name": "CR", "data": [201.0, 196.0]}],
    "measurements": [{"name": "main", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}
