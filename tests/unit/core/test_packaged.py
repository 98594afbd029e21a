"""A run with HOOKLINE_PACKAGED=1 really tests the packaged code."""

from support.packaged import PACKAGED

from hookline.core.values import amount
from hookline.functions import validator


def test_the_modules_under_test_are_those_of_this_run() -> None:
    """A normal run tests sources, and a run with HOOKLINE_PACKAGED=1 tests byte code."""
    assert {str(module.__file__).endswith(".pyc") for module in (amount, validator)} == {PACKAGED}
