"""The tests of one changed line, run on one mutant in a process of its own."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from types import CodeType, ModuleType

import pytest

SECONDS_MAX = 900.0  # of all tests, on a busy machine
TEST_SECONDS_MAX = 60  # of one, which loops for ever if it takes longer
PLUGINS = ("pytest_timeout", "_hypothesis_pytestplugin")
_OPTIONS = [
    *("-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"),
    *("-o", f"timeout={TEST_SECONDS_MAX}"),
]
_NOTICED = {int(pytest.ExitCode.TESTS_FAILED), int(pytest.ExitCode.INTERRUPTED)}


class Fate(StrEnum):
    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


class _Collecting:
    """Notices a mutant that a test's file cannot import: no code of pytest says that alone."""

    has_failed = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.has_failed |= report.failed


class _Mutant(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module as its mutant to whoever imports it."""

    def __init__(self, module: str, file: str, code: CodeType) -> None:
        self._module, self._file, self._code = module, file, code

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=self._file)
        spec.has_location = True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)  # code of our own


def fate_of(module: str, file: str, tree: ast.Module, tests: Sequence[str]) -> Fate:
    """Run `tests` in a fork of this process, which must not have imported `module`.

    Shape: a mutant that loops for ever, or that cannot be imported, counts as noticed.
    Cost: a second or two for the imports, and the tests up to the first that fails.
    """
    code = compile(tree, file, "exec")
    child = os.fork()
    if child == 0:
        os._exit(_in_the_fork(_Mutant(module, file, code), tests))
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return Fate.SURVIVED if status == 0 else Fate.KILLED
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Fate.TIMED_OUT


def _in_the_fork(mutant: _Mutant, tests: Sequence[str]) -> int:
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    sys.meta_path.insert(0, mutant)
    collecting = _Collecting()
    try:
        plugins = [part for name in PLUGINS for part in ("-p", name)]
        code = int(pytest.main([*_OPTIONS, *plugins, *tests], [collecting]))
    except BaseException:  # noqa: BLE001 # whatever it is, it was noticed
        return 1
    # Another code is a fault of this program, which must not pass for a killed mutant.
    return int(code in _NOTICED or collecting.has_failed)
