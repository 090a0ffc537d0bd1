#include "controller/read_due_secrets.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "controller/api_failures.h"
#include "controller/live_reads.h"
#include "controller/reports.h"

namespace controller {
namespace {

/// A reading that takes longer is counted as one of a key that is costly to decrypt.
constexpr base::Duration kCostly = std::chrono::milliseconds(100);

/// Holders of slots first, then the oldest, within the turns of the namespaces.
std::vector<Uid> in_turn(const Round& r, const std::vector<Uid>& uids) {
  std::vector<Turns::Entry> entries;
  const std::set<Uid> wanted(uids.begin(), uids.end());
  std::vector<const ServerCertificate*> objects;
  for (const CertificateView& view : r.o.certificates) {
    if (wanted.contains(view.object->meta.uid)) objects.push_back(view.object.get());
  }
  const auto rank = [&](const ServerCertificate* object) {
    return std::make_tuple(object->status.server_certificate_id.empty(), object->meta.created, object->meta.name);
  };
  std::sort(objects.begin(), objects.end(), [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  entries.reserve(objects.size());
  for (const ServerCertificate* object : objects) entries.push_back({object->meta.uid, object->meta.name.ns});
  std::vector<Uid> order;
  for (const std::size_t i : r.memory.read_turns.order(entries)) order.push_back(entries[i].uid);
  return order;
}

/// Counts the time for this reconcile and for the namespace, and a change of the Secret.
void count_reading(Round& r, const ServerCertificate& object, const std::vector<SecretVersion>& versions,
                   base::Duration took) {
  const base::BootTime now = r.clock.boot_now();
  r.memory.reading_time += took;
  InstanceMemory::SecretChanges& changes = r.memory.secret_changes[{object.meta.name.ns, object.secret}];
  if (changes.versions != versions) changes.bucket.spend(now);
  changes.versions = versions;
  if (took < kCostly) return;
  r.memory.costly_checks.try_emplace(object.meta.name.ns, kCostlyBurst, kCostlyRefill)
      .first->second.spend(now, std::chrono::duration<double>(took).count());
}

/// Once for each set of warnings: a renewal with the same ones is not reported again.
void publish_warnings(Round& r, const ServerCertificate& object, const std::vector<std::string>& warnings) {
  const auto before = r.memory.secrets.find(object.meta.uid);
  if (warnings.empty() || (before != r.memory.secrets.end() && before->second.view.warnings == warnings)) return;
  std::string note;
  for (const std::string& warning : warnings) note += (note.empty() ? "" : "; ") + warning;
  publish(r, object, true, "ValidationWarning", "Validate", std::move(note));
}

}  // namespace

Step read_due_secrets(Round& r, const ReadSecrets& action) {
  std::map<SecretSource, std::shared_ptr<const SecretReading>> shared;
  bool any = false;
  for (const Uid& uid : in_turn(r, action.uids)) {
    const ServerCertificate& object = *r.certificate(uid);
    const base::BootTime began = r.clock.boot_now();
    if (any && r.memory.reading_time >= kReadingTime) break;
    any = true;
    r.memory.read_turns.had({uid, object.meta.name.ns}, began);
    std::shared_ptr<const SecretReading>& reading = shared[source_of(object)];
    if (!reading) {
      auto read = read_secrets_now(r, object);
      if (!read.ok()) {
        if (object_failed(r, object, Effect::kRead, read.error()) == Step::kFailed) return Step::kFailed;
        continue;
      }
      reading = std::make_shared<const SecretReading>(std::move(*read));
      count_reading(r, object, reading->view.versions, r.clock.boot_now() - began);
    }
    object_worked(r, object, Effect::kRead);
    publish_warnings(r, object, reading->view.warnings);
    r.memory.secrets[uid] = {object.meta.generation, reading->view};
    r.readings.erase(uid);
    if (!reading->view.problem) r.readings.emplace(uid, reading);
  }
  return Step::kDone;
}

}  // namespace controller
