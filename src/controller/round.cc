#include "controller/round.h"

namespace controller {

const ServerCertificate* Round::certificate(const Uid& uid) const {
  for (const CertificateView& view : o.certificates) {
    if (view.object->meta.uid == uid) return view.object.get();
  }
  return nullptr;
}

const SecretView* Round::secret_view(const Uid& uid) const {
  for (const CertificateView& view : o.certificates) {
    if (view.object->meta.uid == uid) return &view.secret;
  }
  return nullptr;
}

const Slot* Round::slot(const Attempt& attempt) const {
  return o.instance->status.slots ? find_attempt(*o.instance->status.slots, attempt) : nullptr;
}

bool Round::may_send(base::BootTime checked) const {
  return leadership.leading() && clock.boot_now() < checked + o.timing.send_window;
}

bool Round::ledger_is(const Ledger& ledger, const DomainLedger& domains) const {
  const auto snapshot = store.snapshot(o.instance_name);
  return snapshot.instance && snapshot.instance->status.slots == ledger && snapshot.instance->status.domains == domains;
}

}  // namespace controller
