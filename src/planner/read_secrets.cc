#include "planner/read_secrets.h"

#include "planner/rebuild_ledger.h"

namespace planner {

Action read_secrets(Draft& d) {
  ReadSecrets read;
  for (const CertificateView& view : d.o.certificates) {
    const ServerCertificate& object = *view.object;
    // While the ledger is rebuilt, the chain of an object that is being deleted tells which certificate it owns.
    const bool asked = !object.suspend && (!object.meta.deleting || rebuilding(d));
    // After a failed read, the Secret must be read once before anything is done for the object. While the ledger is
    // rebuilt, the status of the object is not enough.
    const bool enough =
        view.secret.current && !d.failed_to_read(object.meta.uid) && !(rebuilding(d) && view.secret.recorded);
    if (!asked || enough) continue;
    // To rebuild a ledger, all Secrets are needed.
    const auto later = d.o.read_later.find(object.meta.uid);
    if (later != d.o.read_later.end() && !rebuilding(d) && !d.due(later->second.until)) continue;
    if (d.in_trouble(object.meta.uid, Effect::kRead)) continue;
    read.uids.push_back(object.meta.uid);
  }
  if (read.uids.empty()) return {};
  return d.offer(read);
}

}  // namespace planner
