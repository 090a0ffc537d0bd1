#!/usr/bin/env python3
"""What the platform refuses is sent again, with its private key, only as often as the operator wants to: not as often
as somebody who may edit a namespace asks for it."""

import itertools
import time

from attack import AttackTest, main, self_signed

SECONDS = 20
FOR_ONE_OBJECT, FOR_THE_NAMESPACE = 8, 10


class Annotation(AttackTest):
    def setUp(self):
        super().setUp()
        self.victims = f"{self.ns}-victim"
        self.kube.create("Namespace", self.victims)
        self.create_instance()
        self.operator = self.start_operator()

    def posts(self):
        return len(self.simulator.requests("add", self.project))

    def attack(self, change):
        """Posts in so many seconds, while everything that is added is refused."""
        self.simulator.fail("add", "status", 1000, status=400, error_code="IOTDA.014301", error_msg="no")
        before, end = self.posts(), time.monotonic() + SECONDS
        for i in itertools.count():
            if time.monotonic() > end:
                break
            change(i)
            time.sleep(0.02)
        return self.posts() - before

    def assert_victim_renews(self):
        self.simulator.fail_no_more()
        renewed = self.add_certificate("victim", ns=self.victims)
        self.wait_ready("victim", ns=self.victims, seconds=10)
        self.assertIn(renewed.fingerprint, self.held())
        self.assert_unharmed(self.operator)

    def annotate(self, name, token):
        annotations = {"iotda.huaweicloud.com/reconcile-requested-at": token}
        self.kube.patch("ServerCertificate", name, {"metadata": {"annotations": annotations}}, self.ns)

    def test_of_one_object(self):
        self.add_certificate("a")
        posts = self.attack(lambda i: self.annotate("a", str(i)))
        print(f"{posts} POSTs in {SECONDS} s", end=" ")
        self.assertLessEqual(posts, FOR_ONE_OBJECT)
        self.assertGreaterEqual(posts, 1, "a person who asks is heard")
        self.assert_victim_renews()

    def test_of_many_objects(self):
        for i in range(50):
            self.add_certificate(f"a{i}", suspend=True)

        def change(i):
            if i < 50:
                self.kube.patch("ServerCertificate", f"a{i}", {"spec": {"suspend": False}}, self.ns)
            self.annotate(f"a{i % 50}", str(i))

        posts = self.attack(change)
        print(f"{posts} POSTs in {SECONDS} s", end=" ")
        self.assertLessEqual(posts, FOR_THE_NAMESPACE)
        self.assert_victim_renews()

    def test_by_changes_of_the_spec(self):
        self.add_certificate("a")
        strategies = itertools.cycle(["Auto", "MakeBeforeBreak"])

        def change(_):
            self.kube.patch("ServerCertificate", "a", {"spec": {"rotation": {"strategy": next(strategies)}}}, self.ns)

        posts = self.attack(change)
        print(f"{posts} POSTs in {SECONDS} s", end=" ")
        self.assertLessEqual(posts, FOR_ONE_OBJECT)
        self.assert_victim_renews()

    def test_by_objects_made_anew(self):
        material = self_signed("a.example.com")
        self.put_material("a", material)

        def change(i):
            self.create_certificate(f"a{i}", secretRef={"name": "a"})
            self.kube.delete("ServerCertificate", f"a{i - 5}", self.ns)

        posts = self.attack(change)
        print(f"{posts} POSTs in {SECONDS} s", end=" ")
        self.assertLessEqual(posts, FOR_THE_NAMESPACE)
        self.assert_victim_renews()


if __name__ == "__main__":
    main()
