__all__ = ["one", "two", "nope"]
one = 1
two = 2
_three = 3
