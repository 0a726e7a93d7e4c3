"""`test.support.refleak_helper`: nobody hunts for leaks of references here."""


def hunting_for_refleaks():
    return False
