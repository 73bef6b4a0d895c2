import asyncio
import os
import sys

import pytest

from bench.meters import cpu_seconds, resident_mebibytes, tree

pytestmark = pytest.mark.unit

SPIN = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ntime.sleep(30)"
SPINNING_CHILD = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {SPIN!r}])"


async def test_a_tree_is_read_with_its_children():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SPINNING_CHILD, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        assert len(tree(process.pid)) == 2
        assert cpu_seconds(process.pid) >= 0.3
        assert resident_mebibytes(process.pid) > 5
    finally:
        os.killpg(process.pid, 9)
        await process.wait()


def test_a_process_that_is_gone_has_nothing():
    gone = 2**22 + 1
    assert (tree(gone), cpu_seconds(gone), resident_mebibytes(gone)) == ([], 0.0, 0.0)
