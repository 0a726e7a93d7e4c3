from ..b import fb as subfb
_private = 1
public = 2
try:
    from ... import toolow
except ImportError as e: print(type(e).__name__, e)
