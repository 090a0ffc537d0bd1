#!/usr/bin/env python3
"""kill -9 at random moments during adds: whatever was under way, no certificate is lost, none is added twice, and the
quota holds. IOTDA_TEST_SEED repeats a run's moments, as far as the machine plays along."""

import collections
import os
import random
import time

from harness import materials
from harness.case import OperatorTest, condition, main
from harness.wait import wait_for

ROUNDS = 30
NAMES = ("first", "second", "third")
FLAGS = ("--upload-deadline", "1s", "--settling-time", "1s")


class Kill(OperatorTest):
    def test_30_kills_during_adds_never_lose_or_double_a_certificate(self):
        seed = int(os.environ.get("IOTDA_TEST_SEED", random.SystemRandom().randrange(10**6)))
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        self.chains = {name: self.put(name) for name in NAMES}
        self.operator = self.start_operator(*FLAGS)
        hits = collections.Counter()
        for number in range(ROUNDS):
            try:
                hits[self.play(f"{self.project}-{number}", ("clock", "reserved", "sent")[number % 3], chance)] += 1
            except AssertionError as error:
                raise AssertionError(f"round {number} with seed {seed}: {error}") from error
            self.operator.kill()
            self.kube.wipe()
            self.operator.start()
        print(f"the kills hit: {dict(hits)}", flush=True)
        self.assertGreaterEqual(hits["sent, not answered"], 5, "kills between an add and its answer")
        self.assertGreaterEqual(hits["not sent"], 1, "kills before an add was sent")

    def put(self, name):
        material = materials.self_signed(f"{name}.example.com")
        self.put_material(name, material)
        return material.fingerprint

    def play(self, project, anchor, chance):
        latency = chance.choice((0, 50, 150, 400))
        self.simulator.behave(latency_ms=latency)
        self.create_instance(project=project)
        for name in NAMES:
            self.create_certificate(name)

        def adds():
            return self.simulator.requests("add", project)

        if anchor == "reserved":
            wait_for("a slot is reserved", self.slots, pause=0.001)
        elif anchor == "sent":
            wait_for("an add is sent", adds, pause=0.001)
        longest = {"clock": 0.25 + 2 * latency / 1000, "reserved": 0.02, "sent": 0.05 + latency / 1000}[anchor]
        time.sleep(chance.uniform(0, longest))
        self.operator.kill()
        states = self.slot_states()
        sent = len(adds())
        hit = "not sent" if not sent else "all answered" if states.count("Active") == 2 else "sent, not answered"
        if chance.random() < 0.3:  # and again, as it picks up the pieces
            self.operator.start(ready=False)
            time.sleep(chance.uniform(0.05, 0.5))
            self.operator.kill()
        self.operator.start()

        self.wait_settled()
        state = self.simulator.state(project)
        chains = [certificate["fingerprint"] for certificate in state["certificates"]]
        ready = [name for name in NAMES if condition(self.certificate(name))["status"] == "True"]
        self.assertCountEqual([self.chains[name] for name in ready], chains)
        self.assertEqual(
            (2, 2, 0), (state["max_certificates"], state["adds"], state["deletes"]), "most at once, adds, deletes"
        )
        self.assertCountEqual(
            [certificate["id"] for certificate in state["certificates"]],
            [self.certificate(name)["status"]["serverCertificateId"] for name in ready],
        )
        return hit

    def wait_settled(self):
        def reasons():
            return sorted(condition(self.certificate(name))["reason"] for name in NAMES)

        wait_for(
            lambda: f"two are Ready and one waits for a slot, but: {reasons()}",
            lambda: reasons() == ["QuotaExceeded", "Succeeded", "Succeeded"],
            30,
        )


if __name__ == "__main__":
    main()
