import pkg
from pkg import a as cyc
print("b sees", hasattr(pkg, "a"), cyc.__name__, hasattr(cyc, "fa"))
try:
    from pkg.a import fa
except ImportError as e: print(str(e).split(" (most")[0])
def fb(): return "fb"
