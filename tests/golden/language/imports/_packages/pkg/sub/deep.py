from ..a import fa
from . import public
import sys
me = sys.modules[__name__]
def __getattr__(name):
    if name == "lazy": return 99
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
