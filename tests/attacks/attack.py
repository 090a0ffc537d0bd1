"""The base of the attacks: a victim beside the attacker, and what the victim may expect."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "integration"))

from harness.case import OperatorTest, main  # noqa: E402
from harness.materials import self_signed  # noqa: E402
from harness.wait import wait_for  # noqa: E402

__all__ = ["AttackTest", "MEMORY_LIMIT", "main", "self_signed", "wait_for"]

MEMORY_LIMIT = 256 << 20  # the chart's resources.limits.memory


class AttackTest(OperatorTest):
    def peak_memory(self, operator):
        """The most that the process has had in memory since it started, in bytes."""
        for line in pathlib.Path(f"/proc/{operator.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
        raise AssertionError("the kernel does not say VmHWM")

    def assert_unharmed(self, operator):
        """It runs, answers its probes, and stays within the memory that the chart gives it."""
        operator.check_running()
        self.assertEqual((200, 200), (operator.get("/healthz")[0], operator.get("/readyz")[0]))
        self.assertLess(self.peak_memory(operator), MEMORY_LIMIT)
