#!/usr/bin/env python3
"""etcd restored from a backup while the operator runs on: all versions go back, and so does the ledger."""

import time

from harness.case import main
from harness.kube import cluster
from harness.proxied import BehindAProxy
from harness.wait import observe_that, wait_for


class RestoredEtcd(BehindAProxy):
    """etcd restored from a backup: all versions are lower than those that the operator has seen."""

    # A ledger that went back is rebuilt when no upload of before can arrive any more.
    flags = "--settling-time", "1s", "--upload-deadline", "1s"

    def test_what_is_restored_replaces_what_was_known(self):
        self.add_certificate("first")
        self.add_certificate("second")
        self.wait_ready("first", "second")
        cluster().save_etcd()
        for number in range(30):  # versions that are to come again
            self.put_secret("noise", {"number": str(number)})
        self.delete_certificate("second")
        first = self.renew("first")
        self.wait_renewed("first", first)
        self.proxy.stop()  # so that it does not meet the server before it is the old one
        cluster().restore_etcd()
        self.kube.close()
        self.proxy.start()
        self.ca_file.write_text(self.proxy.ca)
        mark = time.monotonic()
        newest = self.renew("first")
        self.wait_served_among("first", newest)
        self.wait_ready("second", seconds=60)
        self.assertEqual(2, self.simulator.state(self.project)["max_certificates"])
        self.assertEqual(2, len(self.held()), "nothing is left behind")
        wait_for("it is ready", lambda: self.operator.get("/readyz")[0] == 200)
        observe_that("it is at rest", lambda: len(self.proxy.requests("PATCH", since=mark)) < 40, 3)

    def wait_served_among(self, name, material):
        wait_for(f"{name} is renewed", lambda: material.fingerprint in self.held(), 60)
        self.wait_renewed(name, material)


if __name__ == "__main__":
    main()
