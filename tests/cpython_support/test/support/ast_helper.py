"""Comparison of trees."""

import ast


class ASTTestMixin:
    def assertASTEqual(self, left, right):
        self.assertIsInstance(left, ast.AST)
        self.assertIsInstance(right, ast.AST)
        self._compare(left, right, 'tree')

    def _compare(self, left, right, path):
        self.assertIs(type(left), type(right), path)
        if isinstance(left, ast.AST):
            for name in left._fields:
                self._compare(getattr(left, name, None), getattr(right, name, None), f'{path}.{name}')
        elif isinstance(left, list):
            self.assertEqual(len(left), len(right), path)
            for place, pair in enumerate(zip(left, right)):
                self._compare(*pair, f'{path}[{place}]')
        else:
            self.assertEqual(left, right, path)
