"""Labels cost nothing where nobody asks for them."""

import subprocess
import sys

import pytest

LOOK = """
import sys
import {main}
print([one for one in {heavy} if one in sys.modules])
"""
HEAVY = ["onnxruntime", "numpy", "PIL", "calotype_core.adapters.rekognition.labeller"]


@pytest.mark.parametrize("main", ["calotype.standalone", "calotype_processor.__main__"])
def test_nothing_is_loaded_for_them(main: str) -> None:
    """A process that finds no labels has nothing of what would find them in its memory."""
    code = LOOK.format(main=main, heavy=HEAVY)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
