#!/usr/bin/env python3
"""`kill -9` at every boundary: before each request of an add, a renewal and a deletion, and after each answer. The next
process brings it to its end, with no call too many."""

from harness import materials
from harness.case import OperatorTest, main
from harness.wait import wait_for

DOMAIN = "mqtt.example.com"
TIMES = "--settling-time", "1s", "--upload-deadline", "1s"

# The requests that change something, in their order: method, part of the target, number of its kind.
ADDING = [
    ("PATCH", "iotdainstances", 1),  # finalizer
    ("PATCH", "servercertificates", 1),  # finalizer
    ("PATCH", "/status", 1),  # the reservation
    ("POST", "/server-certificates", 1),
    ("PATCH", "/status", 2),  # the id
    ("PATCH", "/status", 3),  # the domain's reservation
    ("POST", "/domain-configurations", 1),
    ("PATCH", "/status", 4),  # its id
    ("PATCH", "/status", 5),  # the object's status
]
RENEWING = [
    ("PATCH", "/status", 1),  # the reservation
    ("POST", "/server-certificates", 1),
    ("PATCH", "/status", 2),  # the id
    ("PUT", "/domain-configurations", 1),
    ("PATCH", "/status", 3),  # the old one is to go
    ("DELETE", "/server-certificates", 1),
    ("PATCH", "/status", 4),  # it is gone
    ("PATCH", "/status", 5),  # the object's status
]
DELETING = [
    ("DELETE", "/domain-configurations", 1),
    ("PATCH", "/status", 1),  # it is gone
    ("PATCH", "/status", 2),  # the certificate is to go
    ("DELETE", "/server-certificates", 1),
    ("PATCH", "/status", 3),  # it is gone
    ("PATCH", "servercertificates", 1),  # the finalizer
]


class Boundaries(OperatorTest):
    def each(self, requests):
        """Dies before and after each of these requests in turn; the operator runs again afterwards."""
        for method, part, nth in requests:
            for when in "before", "after":
                yield f"{when} {method} {part} {nth}"

    def die_at(self, point, change):
        """Makes the change with an operator that is to die at that point, and starts it again."""
        self.operator.start(*TIMES, ready=False, fail_point=point)
        change()
        wait_for(f"it dies {point}", lambda: not self.operator.running)
        self.operator.start(*TIMES)

    def adds_and_deletes(self):
        state = self.simulator.state(self.project)
        return state["adds"], state["deletes"]

    def setUp(self):
        super().setUp()
        self.create_instance()
        self.operator = self.start_operator(*TIMES)
        self.operator.stop()

    def test_add_and_delete(self):
        for number, point in enumerate(self.each(ADDING)):
            with self.subTest(point):
                name, before = f"a{number}", self.adds_and_deletes()
                material = materials.self_signed(DOMAIN)
                wish = {"domainConfiguration": {"domainName": DOMAIN}}
                self.die_at(point, lambda m=material, n=name, w=wish: self.add_certificate(n, m, **w))
                self.wait_served(name, material)
                self.assertEqual((before[0] + 1, before[1]), self.adds_and_deletes())
                self.delete_certificate(name)
                self.operator.stop()

    def test_renew(self):
        material = materials.self_signed(DOMAIN)
        self.operator.start(*TIMES)
        self.add_certificate("renewed", material, domainConfiguration={"domainName": DOMAIN})
        self.wait_ready("renewed")
        self.operator.stop()
        for point in self.each(RENEWING):
            with self.subTest(point):
                before, material = self.adds_and_deletes(), materials.self_signed(DOMAIN)
                self.die_at(point, lambda m=material: self.put_material("renewed", m))
                self.wait_served("renewed", material)
                self.assertEqual((before[0] + 1, before[1] + 1), self.adds_and_deletes())
                self.operator.stop()

    def test_delete(self):
        for number, point in enumerate(self.each(DELETING)):
            with self.subTest(point):
                name, material = f"d{number}", materials.self_signed(DOMAIN)
                self.operator.start(*TIMES)
                self.add_certificate(name, material, domainConfiguration={"domainName": DOMAIN})
                self.wait_ready(name)
                self.operator.stop()
                before = self.adds_and_deletes()
                self.die_at(point, lambda n=name: self.delete_certificate(n, wait=False))
                wait_for(f"{name} is gone", lambda n=name: self.certificate(n) is None, 30)
                self.assertEqual({}, self.simulator.certificates(self.project))
                self.assertEqual([], self.simulator.state(self.project)["domain_configurations"])
                self.assertEqual(before[0], self.adds_and_deletes()[0])
                self.assertIn(self.adds_and_deletes()[1] - before[1], (1, 2))
                self.operator.stop()


if __name__ == "__main__":
    main()
