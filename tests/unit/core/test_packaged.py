"""A run on what is packaged for Lambda really is one."""

from support.packaged import PACKAGED

from hookline.core.values import amount
from hookline.functions import validator


def test_the_modules_under_test_are_those_of_this_run() -> None:
    """Sources in an ordinary run, byte code in one with HOOKLINE_PACKAGED=1."""
    assert {str(module.__file__).endswith(".pyc") for module in (amount, validator)} == {PACKAGED}
