#!/usr/bin/env python3
"""kill -9 at random moments during adds and renewals: whatever was under way, no certificate is lost, none is added
twice, the quota holds, and a domain serves its object's certificate all the time. IOTDA_TEST_SEED repeats the moments of a run, as far as the machine plays along."""

import collections
import os
import random
import time

from harness import materials
from harness.case import OperatorTest, condition, main
from harness.wait import wait_for

ROUNDS = 30
RENEWALS = 8
DOMAIN = "mqtt.example.com"
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

    def test_8_kills_during_renewals_never_leave_a_domain_without_its_certificate(self):
        seed = int(os.environ.get("IOTDA_TEST_SEED", random.SystemRandom().randrange(10**6)))
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        self.create_instance()
        self.operator = self.start_operator(*FLAGS)
        domain = {"domainConfiguration": {"domainName": DOMAIN}}
        self.add_certificate("served", materials.self_signed(DOMAIN), **domain)
        self.wait_ready("served")
        hits = collections.Counter()
        for number in range(RENEWALS):
            try:
                hits[self.renew(("domain_update", "add", "delete", "clock")[number % 4], chance)] += 1
            except AssertionError as error:
                raise AssertionError(f"renewal {number} with seed {seed}: {error}") from error
        print(f"the kills hit: {dict(hits)}", flush=True)
        self.assertEqual(RENEWALS + 1, self.simulator.state(self.project)["adds"])

    def served(self):
        """What the one domain configuration serves; fails if that is not there."""
        state = self.simulator.state(self.project)
        (configuration,) = state["domain_configurations"]
        fingerprints = {certificate["id"]: certificate["fingerprint"] for certificate in state["certificates"]}
        self.assertIn(configuration["server_certificate_id"], fingerprints, "the domain serves what is gone")
        return fingerprints[configuration["server_certificate_id"]]

    def renew(self, anchor, chance):
        latency = chance.choice((0, 50, 150))
        self.simulator.behave(latency_ms=latency)
        before = len(self.simulator.requests())
        renewed = materials.self_signed(DOMAIN)
        self.put_material("served", renewed)

        def sent():
            return any(request["call"] == anchor for request in self.simulator.requests()[before:])

        if anchor != "clock":
            wait_for(f"{anchor} is sent", sent, pause=0.002)
        time.sleep(chance.uniform(0, 0.05 + 2 * latency / 1000))
        self.operator.kill()
        hit = [request["call"] for request in self.simulator.requests()[before:]][-1:]
        self.served()
        self.operator.start()
        wait_for(
            lambda: f"the renewal alone is there and served, but: {self.simulator.state(self.project)}",
            lambda: self.served() == renewed.fingerprint and self.held() == {renewed.fingerprint},
            60,
            pause=0.05,
        )
        self.wait_renewed("served", renewed)
        return f"after {hit[0] if hit else 'nothing'}"

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
