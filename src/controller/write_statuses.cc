#include "controller/write_statuses.h"

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/text.h"
#include "controller/reports.h"
#include "controller/write_status.h"
#include "planner/assessment.h"

namespace controller {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// How long a reconcile writes statuses of objects before others have their turn.
constexpr base::Duration kWritingTime = std::chrono::milliseconds(500);

/// Changes by others that are corrected at once. More of them within kFight mean that there is a second writer.
constexpr int kCorrected = 3;
constexpr base::Duration kFight = minutes(30);
constexpr base::Backoff::Policy kFightPause{seconds(10), minutes(15)};

std::string managers_of(const json::Document& object) {
  std::set<std::string> names;
  for (const json::Value& entry : object.root().path("metadata.managedFields").items()) {
    if (entry["subresource"].string_or("") != "status") continue;
    names.insert(base::printable(entry["manager"].string().value_or("")));
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Not while it rests after a failure, and not again what the API server did not keep. Counts changes by others.
bool may_write(Round& r, const Uid& uid, std::size_t wanted, std::size_t there) {
  const auto trouble = r.memory.object_troubles.find({uid, Effect::kStatus});
  const base::BootTime now = r.clock.boot_now();
  if (trouble != r.memory.object_troubles.end() && now < trouble->second.next_attempt) return false;
  const auto written = r.memory.status_writes.find(uid);
  if (written == r.memory.status_writes.end()) return true;
  InstanceMemory::StatusWrite& last = written->second;
  if (last.kept == there) return last.wanted != wanted;
  if (last.last_overwritten + kFight < now) last.overwritten = 0;
  ++last.overwritten;
  last.last_overwritten = now;
  return true;
}

/// Two operators that both consider the status theirs would write as fast as they can.
void note_fight(Round& r, const kube::Resource& resource, const meta::Metadata& meta, const char* kind) {
  const auto written = r.memory.status_writes.find(meta.uid);
  if (written == r.memory.status_writes.end() || written->second.overwritten <= kCorrected) return;
  const int rounds = written->second.overwritten - kCorrected;
  Trouble& pause = r.memory.object_troubles[{meta.uid, Effect::kStatus}];
  pause.next_attempt = r.clock.boot_now() + base::backoff_delay(kFightPause, rounds);
  if (rounds > 1) return;
  const auto live = r.api.get(resource, meta.name, r.stop);
  const std::string managers = live.ok() ? managers_of(*live) : "";
  pause.message = "the status of " + std::string(kind) + " " + meta.name.to_string() +
                  " keeps being changed by another writer (field managers: " + managers +
                  "); find and stop that writer, for example a second installation of this operator";
  report(r, kind, meta, true, "StatusOverwritten", pause.message);
}

/// Once for each chain that will expire soon without having been renewed.
void warn_of_expiry(Round& r, const CertificateView& view) {
  const certificate::Facts* facts = wanted(view, r.o.now);
  if (facts == nullptr) return;
  const auto soon = certificate::expires_soon(*facts, r.o.now, r.o.timing.expiry_warning);
  if (!soon || std::exchange(r.memory.expiry_warned[view.object->meta.uid], facts->fingerprint) == facts->fingerprint) {
    return;
  }
  const ServerCertificate& object = *view.object;
  publish(r, object, true, soon->reason.c_str(), "Validate",
          "Secret " + object.meta.name.ns + "/" + object.secret + ": " + certificate::describe(*soon));
}

}  // namespace

StatusWrites write_statuses(Round& r, const Plan& plan) {
  StatusWrites writes;
  if (plan.instance && *plan.instance != r.o.instance->status &&
      may_write(r, r.o.instance->meta.uid, digest_of(*plan.instance), digest_of(r.o.instance->status))) {
    writes.step = write_instance_status(r, *plan.instance);
    const bool refused = r.memory.object_troubles.contains({r.o.instance->meta.uid, Effect::kStatus});
    if (writes.step == Step::kFailed && !refused) return {.step = Step::kFailed};
    note_fight(r, kInstances, r.o.instance->meta, "IoTDAInstance");
  }
  std::vector<Turns::Entry> changed;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < plan.certificates.size(); ++i) {
    const ServerCertificate& object = *r.o.certificates[i].object;
    warn_of_expiry(r, r.o.certificates[i]);
    if (plan.certificates[i] == object.status) continue;
    changed.push_back({object.meta.uid, object.meta.name.ns});
    places.push_back(i);
  }
  const base::BootTime began = r.clock.boot_now();
  for (const std::size_t turn : r.memory.status_turns.order(changed)) {
    const ServerCertificate& object = *r.o.certificates[places[turn]].object;
    const ServerCertificateStatus& status = plan.certificates[places[turn]];
    if (!may_write(r, object.meta.uid, digest_of(status), digest_of(object.status))) continue;
    if (r.clock.boot_now() - began >= kWritingTime) {
      writes.left = true;
      break;
    }
    r.memory.status_turns.had(changed[turn], r.clock.boot_now());
    if (write_certificate_status(r, object, status) == Step::kFailed) return {.step = Step::kFailed};
    note_fight(r, kServerCertificates, object.meta, "ServerCertificate");
  }
  return writes;
}

}  // namespace controller
