#include "controller/observer.h"

#include <algorithm>
#include <map>

#include "os/random.h"
#include "planner/assessment.h"

namespace controller {
namespace {

/// So many changes by another party, found one after the other, are a management conflict.
constexpr std::size_t kUndoingsOfAConflict = 2;

bool is_current(const SecretView& view, const ServerCertificate& object, const Store::World& world) {
  if (view.versions.empty() || view.versions.front().name != object.secret) return false;
  return std::all_of(view.versions.begin(), view.versions.end(), [&](const SecretVersion& seen) {
    const auto known = world.secrets.find({object.meta.name.ns, seen.name});
    if (known == world.secrets.end()) return false;
    const SecretRecord& record = known->second;
    switch (record.state) {
      case SecretRecord::State::kUnseen:
        return false;
      case SecretRecord::State::kAbsent:
        return seen.resource_version.empty();
      case SecretRecord::State::kPresent:
        return seen.uid == record.uid && seen.resource_version == record.resource_version;
    }
    return false;
  });
}

CertificateView view_of(const std::shared_ptr<const ServerCertificate>& object, const Store::World& world,
                        const InstanceMemory& memory) {
  const Uid& uid = object->meta.uid;
  CertificateView view{object, {}, {}};
  if (const auto it = memory.secrets.find(uid); it != memory.secrets.end()) {
    view.secret = it->second.view;
    view.secret.current = it->second.generation == object->meta.generation && is_current(view.secret, *object, world);
  }
  if (const auto it = memory.rejections.find(uid); it != memory.rejections.end()) view.rejection = it->second;
  const auto binding = memory.binding_rejections.find(uid);
  if (binding != memory.binding_rejections.end()) view.binding_rejection = binding->second;
  return view;
}

/// Objects whose Secrets are read later, so that reading them does not delay other objects.
void find_later_reads(Observation& o, const InstanceMemory& memory) {
  for (const CertificateView& view : o.certificates) {
    if (view.secret.current) continue;
    const ServerCertificate& object = *view.object;
    std::optional<base::BootTime> next;
    if (memory.reading_time >= kReadingTime) next = o.boot_now + std::chrono::milliseconds(50);
    const auto changes = memory.secret_changes.find({object.meta.name.ns, object.secret});
    if (changes != memory.secret_changes.end()) next = std::max(next, changes->second.bucket.next(o.boot_now));
    const auto checks = memory.costly_checks.find(object.meta.name.ns);
    const auto paid = checks == memory.costly_checks.end() ? std::nullopt : checks->second.next(o.boot_now, 0);
    next = std::max(next, paid);
    if (next) o.read_later[object.meta.uid] = {*next, paid.has_value()};
  }
}

/// Uploads are sent one after the other, and the right to send the last one must not end before its turn.
std::size_t sendable(const InstanceMemory& memory, const Timing& timing) {
  if (!memory.upload_time) return planner::kSendableAtFirst;
  const auto fit =
      timing.send_window / 2 / std::max<base::Duration>(*memory.upload_time, std::chrono::milliseconds(10));
  return static_cast<std::size_t>(std::clamp<std::int64_t>(fit, 1, resources::kMaxSlots));
}

/// Objects whose Secret changes or is rejected too often.
void find_damped(Observation& o, const InstanceMemory& memory) {
  for (const CertificateView& view : o.certificates) {
    if (!view.secret.facts) continue;
    std::optional<base::BootTime> next;
    if (const auto own = memory.allowances.find(view.object->meta.uid); own != memory.allowances.end()) {
      next = own->second.next(view.secret.versions, view.secret.facts->fingerprint, o.boot_now);
    }
    // For the whole namespace: a user could create another object when the allowance of one is used up.
    if (const auto all = memory.refused_uploads.find(view.object->meta.name.ns); all != memory.refused_uploads.end()) {
      next = std::max(next, all->second.next(o.boot_now));
    }
    if (next) o.damped[view.object->meta.uid] = *next;
  }
}

}  // namespace

Observation observe(const std::string& instance, const Present& now, const PlatformAccess& access,
                    const InstanceMemory& memory) {
  Observation o;
  static_cast<planner::Remembered&>(o) = memory;
  o.now = now.system;
  o.boot_now = now.boot;
  o.timing = now.timing;
  o.instance_name = instance;
  o.instance = now.world.instance;
  o.duplicate_of = now.world.duplicate_of;
  o.certificates.reserve(now.world.certificates.size());
  std::map<std::string, bool> allowed;
  for (const auto& object : now.world.certificates) {
    o.certificates.push_back(view_of(object, now.world, memory));
    const std::string& ns = object->meta.name.ns;
    const auto [known, first] = allowed.try_emplace(ns, true);
    if (first && o.instance) {
      const auto labels = now.world.namespaces.find(ns);
      known->second = o.instance->allowed.allows(ns, labels == now.world.namespaces.end() ? Labels{} : labels->second);
    }
    o.certificates.back().allowed = known->second;
  }
  find_later_reads(o, memory);
  o.resting = memory.progress.resting(o.boot_now);
  if (!o.instance) return o;

  o.signing = access.signing;
  o.project_id = access.project_id;
  o.credentials = access.credentials;
  o.credentials_problem = access.problem;
  o.credentials_warning = access.warning;
  o.credentials_retry = access.retry;
  o.inventory_wanted = look_is_wanted(*o.instance, memory);
  o.management_conflict = memory.undoings.size() >= kUndoingsOfAConflict;
  o.skewed = !memory.skewed.empty();
  o.sendable = sendable(memory, now.timing);
  find_damped(o, memory);
  // A rebuild can find a certificate for each slot.
  const bool lost = ledger_lost(o) || o.restored_since;
  const std::size_t uploads = lost ? resources::kMaxSlots : std::min(o.certificates.size(), resources::kMaxSlots);
  for (std::size_t i = 0; i < uploads; ++i) o.fresh_attempts.emplace_back(os::random_hex(8));
  return o;
}

}  // namespace controller
