"doc of pkg"
from . import a
from .a import fa
from .sub import *
__all__ = ["a", "b", "fa"]
print("pkg init", __name__, __package__, __path__ is not None)
