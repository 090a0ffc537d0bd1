#include "controller/executor.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/backoff.h"
#include "controller/refusals.h"
#include "json/writer.h"
#include "os/log.h"
#include "planner/assessment.h"

namespace controller {
namespace {

constexpr std::string_view kMetadataManager = "iotda-operator";

/// What takes so long to read and check is a key that is costly to open.
constexpr base::Duration kCostly = std::chrono::milliseconds(100);

constexpr base::Backoff::Policy kReadPause{std::chrono::seconds(1), std::chrono::minutes(1)};
constexpr base::Backoff::Policy kWritePause{std::chrono::seconds(1), std::chrono::minutes(5)};

std::string describe(const ServerCertificate& object, Effect effect, const kube::Error& error) {
  const std::string& ns = object.meta.name.ns;
  const std::string name = "ServerCertificate " + object.meta.name.to_string();
  const bool forbidden = error.code == kube::Error::Code::kForbidden;
  if (effect == Effect::kRead) {
    return "cannot read " + name + " and its Secret " + object.secret + ": " + told(error) +
           (forbidden ? "; check the operator's Role and RoleBinding in namespace " + ns : "");
  }
  return "the API server rejected an update of " +
         std::string(effect == Effect::kStatus ? "the status" : "the finalizers") + " of " + name + ": " + told(error) +
         (forbidden ? "; check the operator's Role and the admission policies in namespace " + ns : "");
}

/// Merge patch that sets the finalizers, if the object is still the one that was seen.
std::string finalizers_body(const meta::Metadata& meta, std::string_view finalizer, bool present) {
  json::Writer out;
  out.begin_object().key("metadata").begin_object();
  out.member("uid", meta.uid).member("resourceVersion", meta.resource_version);
  out.key("finalizers").begin_array();
  for (const std::string& f : meta.finalizers) {
    if (f != finalizer) out.value(f);
  }
  if (present) out.value(finalizer);
  out.end_array().end_object().end_object();
  return out.take();
}

}  // namespace

Executor::Executor(Ports ports, const Observation& observation, InstanceMemory& memory, SecretReadings& readings,
                   const PlatformAccess& access, std::stop_token stop)
    : ports_(ports), o_(observation), memory_(memory), readings_(readings), access_(access), stop_(std::move(stop)) {}

Step Executor::operator()(std::monostate /*nothing*/) {
  return Step::kDone;
}

Step Executor::operator()(const ReadSecrets& action) {
  std::map<SecretSource, std::shared_ptr<const SecretReading>> shared;
  bool any = false;
  for (const std::string& uid : in_turn(action.uids)) {
    const ServerCertificate& object = *certificate(uid);
    const base::BootTime began = ports_.clock.boot_now();
    // What is left is read in the next visit, after everything else that this one finds to do.
    if (any && memory_.reading_time >= kReadingTime) break;
    any = true;
    memory_.read_turns.had({uid, object.meta.name.ns}, began);
    std::shared_ptr<const SecretReading>& reading = shared[source_of(object)];
    if (!reading) {
      auto read = read_now(object);
      if (!read.ok()) {
        if (object_failed(object, Effect::kRead, read.error()) == Step::kFailed) return Step::kFailed;
        continue;
      }
      reading = std::make_shared<const SecretReading>(std::move(*read));
      count_reading(object, reading->view.versions, ports_.clock.boot_now() - began);
    }
    object_worked(object, Effect::kRead);
    publish_warnings(object, reading->view.warnings);
    memory_.secrets[uid] = {object.meta.generation, reading->view};
    readings_.erase(uid);
    if (!reading->view.problem) readings_.emplace(uid, reading);
  }
  return Step::kDone;
}

/// Holders of slots first, then the oldest, in so far as the turns leave that open.
std::vector<std::string> Executor::in_turn(const std::vector<std::string>& uids) const {
  std::vector<Turns::Entry> entries;
  const std::set<std::string> wanted(uids.begin(), uids.end());
  std::vector<const ServerCertificate*> objects;
  for (const CertificateView& view : o_.certificates) {
    if (wanted.contains(view.object->meta.uid)) objects.push_back(view.object.get());
  }
  const auto rank = [&](const ServerCertificate* object) {
    return std::make_tuple(object->status.server_certificate_id.empty(), object->meta.created, object->meta.name);
  };
  std::sort(objects.begin(), objects.end(), [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  entries.reserve(objects.size());
  for (const ServerCertificate* object : objects) entries.push_back({object->meta.uid, object->meta.name.ns});
  std::vector<std::string> order;
  for (const std::size_t i : memory_.read_turns.order(entries)) order.push_back(entries[i].uid);
  return order;
}

/// What it took, for this visit and for the namespace, and that the Secret has changed once more.
void Executor::count_reading(const ServerCertificate& object, const std::vector<SecretVersion>& versions,
                             base::Duration took) {
  const base::BootTime now = ports_.clock.boot_now();
  memory_.reading_time += took;
  InstanceMemory::SecretChanges& changes = memory_.secret_changes[{object.meta.name.ns, object.secret}];
  if (changes.versions != versions) changes.bucket.spend(now);
  changes.versions = versions;
  if (took < kCostly) return;
  memory_.costly_checks.try_emplace(object.meta.name.ns, kCostlyBurst, kCostlyRefill)
      .first->second.spend(now, std::chrono::duration<double>(took).count());
}

/// The store learns what there is, so that no later plan takes what a watch that lags has shown for the newest.
kube::Result<SecretReading> Executor::read_now(const ServerCertificate& object) {
  const Store::Moment asked = ports_.store.moment();
  auto reading = read_secrets(ports_.api, object, ports_.inspect, o_.now, stop_);
  if (!reading.ok()) return reading;
  for (const SecretVersion& seen : reading->view.versions) {
    ports_.store.read_secret({object.meta.name.ns, seen.name},
                             seen.resource_version.empty() ? std::nullopt : std::optional(seen), asked);
  }
  return reading;
}

Step Executor::operator()(const SetCertificateFinalizer& action) {
  const ServerCertificate& object = *certificate(action.uid);
  if (!ports_.leadership.leading()) return Step::kDone;
  if (!action.present && o_.instance) {
    // The last moment to learn of an entry that our view of the ledger is too old to have.
    const std::string before = o_.instance->meta.resource_version;
    if (reload_instance() == Step::kFailed) return Step::kFailed;
    const auto snapshot = ports_.store.snapshot(o_.instance_name);
    if (snapshot.instance && snapshot.instance->meta.resource_version != before) return Step::kDone;
  }
  auto written = ports_.api.patch(kServerCertificates, object.meta.name,
                                  finalizers_body(object.meta, kCertificateFinalizer, action.present),
                                  {.field_manager = kMetadataManager}, stop_);
  if (written.ok()) {
    // The answer to the patch that takes the last finalizer away has an old version: the object is gone.
    ServerCertificate now = parse_server_certificate(written->root());
    if (now.meta.deleting && now.meta.finalizers.empty()) {
      ports_.store.deleted_certificate(object.meta.name, object.meta.uid);
    } else {
      ports_.store.wrote(std::move(now));
    }
    object_worked(object, Effect::kFinalizer);
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    return reload_certificate(object.meta);
  }
  return object_failed(object, Effect::kFinalizer, written.error());
}

Step Executor::operator()(const SetInstanceFinalizer& action) {
  if (!ports_.leadership.leading()) return Step::kDone;
  auto written = ports_.api.patch(kInstances, o_.instance->meta.name,
                                  finalizers_body(o_.instance->meta, kInstanceFinalizer, action.present),
                                  {.field_manager = kMetadataManager}, stop_);
  if (written.ok()) {
    ports_.store.wrote(parse_instance(written->root()));
    return Step::kDone;
  }
  if (written.error().code == kube::Error::Code::kConflict || written.error().code == kube::Error::Code::kNotFound) {
    return reload_instance();
  }
  if (concerns_all(written.error())) return failed("set the finalizer of an IoTDAInstance", written.error());
  note_trouble(o_.instance->meta.uid, Effect::kFinalizer,
               "the API server rejected an update of the finalizers of IoTDAInstance " + o_.instance_name + ": " +
                   written.error().message);
  return Step::kDone;
}

Step Executor::operator()(const WriteLedger& action) {
  const base::BootTime began = ports_.clock.boot_now();
  for (const Domain& now : action.domains) {
    const Domain* then = find_domain(o_.instance->status.domains, now.name);
    if (then == nullptr || !then->in_use() || then->owner_uid == now.owner_uid) continue;
    switch (gives_up(*then)) {
      case Verdict::kUnknown:
        return Step::kFailed;
      case Verdict::kKeep:
        return Step::kDone;  // the store has what the live read found, so the next plan differs
      case Verdict::kRelease:
        break;
    }
  }
  if (write_instance(instance_status(o_, action.ledger, action.domains, action.rebuilt)) == Step::kFailed) {
    return Step::kFailed;
  }
  if (!ledger_is(action.ledger, action.domains)) {
    if (cause_.empty()) cause_ = "the status of the IoTDAInstance differs from what was written";
    return Step::kDone;
  }
  if (action.rebuilt) memory_.restored_since.reset();
  for (const Domain& now : action.domains) {
    const Domain* then = find_domain(o_.instance->status.domains, now.name);
    const bool intent =
        now.state == DomainState::kReserved && (then == nullptr || then->state != DomainState::kReserved);
    if (!intent) continue;
    memory_.domain_rights[now.name] = began + o_.timing.send_window;
    for (auto* decided : {&memory_.domains_refused, &memory_.domains_gone}) decided->erase(now.name);
    memory_.domains_made.erase(now.name);
    memory_.domain_doubts.erase(now.name);
  }
  // Only what stands in the ledger may be sent, and the time for it runs from before it was written.
  for (const std::string& attempt : action.reserved) memory_.rights[attempt] = began + o_.timing.send_window;
  for (const Slot& now : action.ledger) {
    const Slot* then = slot(now.attempt);
    if (now.adopted && then == nullptr) {
      if (const ServerCertificate* object = certificate(now.owner_uid)) {
        publish(*object, false, "Adopted", "Adopt",
                "took over certificate " + now.id + ", which has the same certificate chain");
      }
    }
    if (now.state == SlotState::kRetained && then != nullptr && then->state != SlotState::kRetained) {
      if (const ServerCertificate* object = certificate(now.owner_uid)) {
        publish(*object, false, "Retained", "Delete",
                "kept certificate " + now.id + " on the platform (deletionPolicy Retain)");
      }
    }
  }
  return Step::kDone;
}

const ServerCertificate* Executor::certificate(const std::string& uid) const {
  for (const CertificateView& view : o_.certificates) {
    if (view.object->meta.uid == uid) return view.object.get();
  }
  return nullptr;
}

const Slot* Executor::slot(const std::string& attempt) const {
  return o_.instance->status.slots ? find_attempt(*o_.instance->status.slots, attempt) : nullptr;
}

const SecretView* Executor::secret_view(const std::string& uid) const {
  for (const CertificateView& view : o_.certificates) {
    if (view.object->meta.uid == uid) return &view.secret;
  }
  return nullptr;
}

bool Executor::ledger_is(const Ledger& ledger, const DomainLedger& domains) const {
  const auto snapshot = ports_.store.snapshot(o_.instance_name);
  return snapshot.instance && snapshot.instance->status.slots == ledger && snapshot.instance->status.domains == domains;
}

Step Executor::reload_instance() {
  auto live = ports_.api.get(kInstances, {"", o_.instance_name}, stop_);
  if (live.ok()) {
    ports_.store.wrote(parse_instance(live->root()));
    return Step::kDone;
  }
  if (live.error().code == kube::Error::Code::kNotFound) {
    ports_.store.deleted_instance(o_.instance_name, o_.instance->meta.uid);
    return Step::kDone;
  }
  return failed("read an IoTDAInstance", live.error());
}

Step Executor::reload_certificate(const meta::Metadata& known) {
  auto live = ports_.api.get(kServerCertificates, known.name, stop_);
  if (live.ok()) {
    // One of the same name that was made anew is for the watch to bring.
    ServerCertificate object = parse_server_certificate(live->root());
    const ServerCertificate* seen = certificate(object.meta.uid);
    if (seen == nullptr) {
      ports_.store.watched(std::move(object));
    } else {
      ports_.store.wrote(std::move(object));
    }
    return Step::kDone;
  }
  if (live.error().code == kube::Error::Code::kNotFound) {
    ports_.store.deleted_certificate(known.name, known.uid);
    return Step::kDone;
  }
  return object_failed(*certificate(known.uid), Effect::kRead, live.error());
}

Step Executor::failed(const char* what, const kube::Error& error) const {
  if (error.code != kube::Error::Code::kCancelled) {
    os::log::warn(
        "a request to the API server failed",
        {{"doing", what}, {"instance", o_.instance_name}, {"status", error.status}, {"error", error.message}});
  }
  return Step::kFailed;
}

/// The failure of one object's own effect. The plan goes on with everything else, unless it concerns all objects.
Step Executor::object_failed(const ServerCertificate& object, Effect effect, const kube::Error& error) {
  if (error.code == kube::Error::Code::kCancelled) return Step::kFailed;
  const bool all = concerns_all(error);
  // A path that only times out for this object must not be what each run begins with.
  if (!all || error.code == kube::Error::Code::kTransport) {
    const std::string message = describe(object, effect, error);
    const bool news = note_trouble(object.meta.uid, effect, message);
    const Reason reason = effect == Effect::kRead ? Reason::kSecretReadFailed : Reason::kWriteRefused;
    if (news && !all) publish(object, true, name_of(reason), "Reconcile", message);
  }
  return all ? failed("reconcile a ServerCertificate", error) : Step::kDone;
}

/// As object_failed(), for an owner that may not be seen (any more).
Step Executor::owner_failed(const kube::ObjectName& name, const std::string& uid, const kube::Error& error) {
  if (const ServerCertificate* object = certificate(uid)) return object_failed(*object, Effect::kRead, error);
  if (concerns_all(error)) return failed("read a ServerCertificate", error);
  note_trouble(uid, Effect::kRead, "cannot read ServerCertificate " + name.to_string() + ": " + told(error));
  return Step::kDone;
}

void Executor::object_worked(const ServerCertificate& object, Effect effect) {
  if (memory_.object_troubles.erase({object.meta.uid, effect}) == 0) return;
  os::log::info("a failed operation recovered",
                {{"servercertificate", object.meta.name.to_string()}, {"instance", o_.instance_name}});
}

/// True: it is the first failure of that kind in a row.
bool Executor::note_trouble(const std::string& uid, Effect effect, std::string message) {
  Trouble& trouble = memory_.object_troubles[{uid, effect}];
  ++trouble.failures;
  trouble.message = std::move(message);
  const base::Duration pause =
      base::backoff_delay(effect == Effect::kRead ? kReadPause : kWritePause, trouble.failures);
  trouble.next_attempt = ports_.clock.boot_now() + pause;
  return trouble.failures == 1;
}

void Executor::publish(const ServerCertificate& object, bool warning, std::string_view reason, const char* action,
                       std::string note) {
  os::log::write(
      warning ? os::log::Level::kWarn : os::log::Level::kInfo, note,
      {{"event", reason}, {"servercertificate", object.meta.name.to_string()}, {"instance", o_.instance_name}});
  ports_.events.publish(
      {{std::string(kApiVersion), "ServerCertificate", object.meta.name, object.meta.uid, object.meta.resource_version},
       warning,
       std::string(reason),
       action,
       std::move(note)});
}

/// Once for what a Secret says: a renewal with the same oddities is no news.
void Executor::publish_warnings(const ServerCertificate& object, const std::vector<std::string>& warnings) {
  const auto before = memory_.secrets.find(object.meta.uid);
  if (warnings.empty() || (before != memory_.secrets.end() && before->second.view.warnings == warnings)) return;
  std::string note;
  for (const std::string& warning : warnings) note += (note.empty() ? "" : "; ") + warning;
  publish(object, true, "ValidationWarning", "Validate", std::move(note));
}

/// Once for each chain that comes near its end without being renewed.
void Executor::warn_of_expiry(const CertificateView& view) {
  const certificate::Facts* facts = wanted(view, o_.now);
  if (facts == nullptr) return;
  const auto soon = certificate::expires_soon(*facts, o_.now, o_.timing.expiry_warning);
  if (!soon || std::exchange(memory_.expiry_warned[view.object->meta.uid], facts->fingerprint) == facts->fingerprint) {
    return;
  }
  const ServerCertificate& object = *view.object;
  publish(object, true, soon->reason.c_str(), "Validate",
          "Secret " + object.meta.name.ns + "/" + object.secret + ": " + certificate::describe(*soon));
}

}  // namespace controller
