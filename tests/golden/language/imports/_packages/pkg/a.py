import pkg.b as bb
from .b import fb
def fa(): return "fa" + fb()
try:
    from .. import nothing
except ImportError as e: print(type(e).__name__, e)
try:
    from . import missing
except ImportError as e: print(type(e).__name__, str(e).rpartition(" (")[0], e.name, e.path is not None)
try:
    from .b import nothing
except ImportError as e: print(type(e).__name__, str(e).split(" (")[0], e.name)
