"""The base of the attacks: a victim beside the attacker, and what the victim may expect."""

import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "integration"))

from harness.case import OperatorTest, main  # noqa: E402
from harness.materials import self_signed  # noqa: E402
from harness.wait import wait_for  # noqa: E402

__all__ = ["AttackTest", "MEMORY_LIMIT", "confined", "main", "self_signed", "wait_for"]

MEMORY_LIMIT = 256 << 20  # the chart's resources.limits.memory


@contextlib.contextmanager
def confined(pid):
    """Where this machine lets us say so, the kernel ends the process if it takes more memory than in the chart."""
    group = pathlib.Path(f"/sys/fs/cgroup/memory/iotda-attack-{pid}")
    try:
        group.mkdir()
    except OSError:
        yield
        return
    (group / "memory.limit_in_bytes").write_text(str(MEMORY_LIMIT))
    (group / "cgroup.procs").write_text(str(pid))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (group.parent / "cgroup.procs").write_text(str(pid))
        group.rmdir()


class AttackTest(OperatorTest):
    def assert_unharmed(self, operator):
        """It runs, answers its probes, and stays within the memory that the chart gives it."""
        operator.check_running()
        self.assertEqual((200, 200), (operator.get("/healthz")[0], operator.get("/readyz")[0]))
        self.assertLess(operator.memory_peak(), MEMORY_LIMIT)
