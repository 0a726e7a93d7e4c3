"""What other test files take from CPython's tests of imports."""


def no_rerun(reason):
    return lambda test: test
