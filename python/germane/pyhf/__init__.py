"""pyhf's way to say things, with germane's likelihood behind: the calls that most scripts make.

Replace ``import pyhf`` by ``from germane import pyhf``. Parameters and data are vectors in pyhf's order, results are NumPy
arrays.
"""

from germane.pyhf import infer, simplemodels
from germane.pyhf.config import Config
from germane.pyhf.model import Model
from germane.pyhf.workspace import Workspace

__all__ = ["Config", "Model", "Workspace", "infer", "simplemodels"]
