"""Tests of bytecode look at what only CPython has: they are counted apart."""

import unittest


def instructions_with_positions(*args, **kwargs):
    raise unittest.SkipTest('C: bytecode')


class _Bytecode(unittest.TestCase):
    def _skip(self, *args, **kwargs):
        raise unittest.SkipTest('C: bytecode')

    get_disassembly_as_string = assertInBytecode = assertNotInBytecode = _skip
    normalize_insts = complete_insts_info = assertInstructionsMatch = get_optimized_instructions = _skip
    generate_code = get_assembled_code_object = get_code_object = _skip


BytecodeTestCase = CompilationStepTestCase = CodegenTestCase = CfgOptimizationTestCase = AssemblerTestCase = _Bytecode
