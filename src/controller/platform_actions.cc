#include <algorithm>

#include "base/backoff.h"
#include "base/time_format.h"
#include "certificate/inspect.h"
#include "controller/executor.h"
#include "controller/refusals.h"
#include "os/log.h"
#include "planner/assessment.h"

namespace controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::Backoff::Policy kRejectedPause{hours(1), hours(1)};
constexpr base::Backoff::Policy kQuotaPause{minutes(1), hours(1)};
/// A refusal that only a person can mend is asked again slowly: permissions take minutes to spread, and an access key
/// is locked after a few refused signatures in a row.
constexpr base::Backoff::Policy kRefusedPause{minutes(1), minutes(15)};
constexpr base::Backoff::Policy kUnreadPause{seconds(10), hours(24)};
/// So long a look waits for the platform to show certificates; what it has not shown then is there at a later look.
constexpr base::Duration kShowTime = seconds(1);
constexpr base::Backoff::Policy kThrottledPause{seconds(5), minutes(5)};
constexpr base::Backoff::Policy kUnavailablePause{seconds(1), minutes(1)};

LastError last_error(const iotda::Error& error, Reason reason, base::SystemTime now) {
  return {base::to_rfc3339(now), std::string(name_of(reason)), error.message, error.http_status, error.error_code,
          error.request_id};
}

/// Some answers hold the PEM with its line breaks escaped once more, with blank lines, or with spaces at their ends.
std::string in_usual_lines(const std::string& pem) {
  std::string lines;
  std::string line;
  const auto end_line = [&] {
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string::npos) lines += line.substr(first, line.find_last_not_of(" \t\r") - first + 1) + "\n";
    line.clear();
  };
  for (std::size_t i = 0; i < pem.size(); ++i) {
    const bool escaped = pem[i] == '\\' && i + 1 < pem.size() && (pem[i + 1] == 'n' || pem[i + 1] == 'r');
    if (pem[i] == '\n' || escaped) {
      end_line();
      if (escaped) ++i;
    } else {
      line += pem[i];
    }
  }
  end_line();
  return lines;
}

std::string date_text(const std::optional<base::SystemTime>& t) {
  return t ? base::to_rfc3339(*t) : "";
}

}  // namespace

Step Executor::operator()(const TakeInventory& /*action*/) {
  Inventory inventory{ports_.clock.boot_now(), {}, {}};
  memory_.inventory_tried = inventory.began;
  memory_.reconcile_token = o_.instance->reconcile_token;
  if (concerned_with_domains() && !list_domains()) return Step::kDone;
  auto listed = access_.platform->list(stop_);
  if (!listed.ok()) {
    if (lacks_permission(listed.error())) {
      deny_inventory();
    } else {
      shut_gate(listed.error());
    }
    return Step::kDone;
  }
  std::map<std::string, base::BootTime> unshown;
  const base::BootTime until = ports_.clock.boot_now() + kShowTime;
  memory_.awaited = false;
  for (const iotda::ServerCertificate& there : *listed) {
    std::string fingerprint;
    const Chain chain = read_chain(there, until, fingerprint);
    if (chain == Chain::kStop) return Step::kDone;
    if (chain == Chain::kNotShown) {
      const auto before = memory_.unshown.find(there.id);
      const base::BootTime since = before == memory_.unshown.end() ? inventory.began : before->second;
      unshown[there.id] = since;
      // A list that lags shows what was removed.
      if (inventory.began - since >= o_.timing.settling) continue;
    }
    PlatformCertificate seen = described(there, fingerprint);
    seen.awaited = chain == Chain::kAwaited;
    memory_.awaited = memory_.awaited || seen.awaited;
    if (!fingerprint.empty()) memory_.known[there.id] = seen;
    inventory.certificates.push_back(std::move(seen));
  }
  memory_.unshown = std::move(unshown);
  std::erase_if(memory_.unread, [&](const auto& entry) {
    return memory_.known.contains(entry.first) ||
           std::none_of(listed->begin(), listed->end(), [&](const auto& there) { return there.id == entry.first; });
  });
  std::erase_if(memory_.known, [&](const auto& entry) {
    const auto listed_id = [&](const PlatformCertificate& c) { return c.id == entry.first; };
    return std::none_of(inventory.certificates.begin(), inventory.certificates.end(), listed_id) &&
           find_id(o_.instance->status.slots.value_or(Ledger{}), entry.first) == nullptr;
  });
  count_misses(inventory);
  if (!look_for_the_missing(inventory, until)) return Step::kDone;
  memory_.inventory_denied = false;
  inventory.ended = ports_.clock.boot_now();
  if (memory_.domains && memory_.domains->began >= inventory.began) memory_.domains->ended = inventory.ended;
  memory_.inventory = std::move(inventory);
  open_gate();
  return Step::kDone;
}

/// The credentials may not list. The platform has answered, so it is not out of reach.
void Executor::deny_inventory() {
  memory_.inventory_denied = true;
  memory_.inventory.reset();
  memory_.unshown.clear();
  if (memory_.domains) memory_.domains->ended = ports_.clock.boot_now();
  open_gate();
}

bool Executor::concerned_with_domains() const {
  const DomainLedger& domains = o_.instance->status.domains;
  return std::any_of(domains.begin(), domains.end(), [](const Domain& entry) { return entry.is_used(); }) ||
         std::any_of(o_.certificates.begin(), o_.certificates.end(),
                     [](const CertificateView& view) { return view.object->domain.has_value(); });
}

/// What the list does not show may only be missing there for a while; the platform is asked for it by its id. False if
/// it does not say.
bool Executor::look_for_the_missing(const Inventory& inventory, base::BootTime until) {
  for (const Slot& entry : o_.instance->status.slots.value_or(Ledger{})) {
    const auto listed = [&](const PlatformCertificate& c) { return c.id == entry.id; };
    const auto& there = inventory.certificates;
    if (entry.state != SlotState::kActive || std::any_of(there.begin(), there.end(), listed)) continue;
    const auto since = base::parse_rfc3339(entry.since);
    if (!since || o_.now - *since < o_.timing.settling) continue;
    const auto shown = ports_.show(access_.platform, entry.id, until, stop_);
    if (!shown) memory_.awaited = true;
    if (!shown || shown->ok() || lacks_permission(shown->error())) continue;
    if (shown->error().code != iotda::Error::Code::kNotFound) {
      shut_gate(shown->error());
      return false;
    }
    if (!memory_.vanished.insert(entry.attempt).second) continue;
    note_undoing(inventory.began);
    if (const ServerCertificate* object = certificate(entry.owner_uid)) {
      publish(*object, true, "DriftDetected", "Reconcile",
              "certificate " + entry.id + " was deleted on the platform by another party");
    }
  }
  return true;
}

/// What one look finds is one doing of others, however much it is.
void Executor::note_undoing(base::BootTime found) {
  if (memory_.undoings.empty() || memory_.undoings.back() != found) memory_.undoings.push_back(found);
}

/// A chain is asked for once for each id, because neither ever changes. What cannot be read is asked for again.
Executor::Chain Executor::read_chain(const iotda::ServerCertificate& there, base::BootTime until,
                                     std::string& fingerprint) {
  if (const auto known = memory_.known.find(there.id); known != memory_.known.end()) {
    fingerprint = known->second.fingerprint;
    return Chain::kRead;
  }
  if (o_.instance->status.slots) {
    if (const Slot* ours = find_id(*o_.instance->status.slots, there.id)) {
      fingerprint = ours->fingerprint;
      return Chain::kRead;
    }
  }
  // What could not be read is asked for again, but not at each look for ever.
  Trouble& unread = memory_.unread[there.id];
  if (ports_.clock.boot_now() < unread.next_attempt) return Chain::kUnknown;
  const auto answer = ports_.show(access_.platform, there.id, until, stop_);
  if (!answer) return Chain::kAwaited;
  const iotda::Result<iotda::ServerCertificate>& shown = *answer;
  if (shown.ok()) {
    fingerprint = certificate::fingerprint_of_pem(in_usual_lines(shown->certificate_pem)).value_or("");
    ++unread.failures;
    unread.next_attempt = ports_.clock.boot_now() + base::backoff_delay(kUnreadPause, unread.failures);
    return fingerprint.empty() ? Chain::kUnknown : Chain::kRead;
  }
  if (shown.error().code == iotda::Error::Code::kNotFound) return Chain::kNotShown;
  if (lacks_permission(shown.error())) {
    // A list without chains can neither settle a doubt nor find a duplicate.
    deny_inventory();
  } else {
    shut_gate(shown.error());
  }
  return Chain::kStop;
}

PlatformCertificate Executor::described(const iotda::ServerCertificate& there, const std::string& fingerprint) const {
  return {there.id,    fingerprint, there.common_name, date_text(there.effective), date_text(there.expiry),
          there.owner, there.issuer};
}

void Executor::count_misses(const Inventory& inventory) {
  for (auto& [attempt, doubt] : memory_.doubts) {
    const Slot* entry = slot(attempt);
    if (entry == nullptr || inventory.began < doubt.first_seen) continue;
    // One that cannot be read may be it.
    const bool maybe =
        std::any_of(inventory.certificates.begin(), inventory.certificates.end(), [&](const PlatformCertificate& c) {
          const bool ours = find_id(o_.instance->status.slots.value_or(Ledger{}), c.id) != nullptr;
          return (!ours || c.fingerprint == entry->fingerprint) && likeness(o_, *entry, c) != planner::Likeness::kOther;
        });
    if (!maybe) ++doubt.misses;
  }
}

Step Executor::operator()(const Upload& action) {
  const Slot& entry = *slot(action.attempt);
  const ServerCertificate* object = certificate(action.uid);
  if (object == nullptr || object->meta.deleting || object->suspend) {
    memory_.rights.erase(action.attempt);
    memory_.outcomes[action.attempt] = {AddOutcome::Kind::kNotAdded, ""};
    return Step::kDone;
  }
  return add(entry, *object);
}

/// What this run read of the Secrets, if no watch has brought anything newer since; else they are read again.
kube::Result<std::shared_ptr<const SecretReading>> Executor::reading_for_add(const ServerCertificate& object) {
  if (auto read = readings_.extract(object.meta.uid); !read.empty()) {
    const SecretView& now = *secret_view(object.meta.uid);
    if (now.current && now.versions == read.mapped()->view.versions) return std::move(read.mapped());
  }
  auto read = read_now(object);
  if (!read.ok()) return base::Err(read.error());
  return std::make_shared<const SecretReading>(std::move(*read));
}

Step Executor::add(const Slot& entry, const ServerCertificate& object) {
  const auto give_up = [&] {
    memory_.rights.erase(entry.attempt);
    memory_.outcomes[entry.attempt] = {AddOutcome::Kind::kNotAdded, ""};
  };
  const auto read = reading_for_add(object);
  // Tried again while the right lasts.
  if (!read.ok()) return object_failed(object, Effect::kRead, read.error());
  const std::shared_ptr<const SecretReading>& reading = *read;
  const std::optional<certificate::Facts>& facts = reading->view.facts;
  if (reading->view.problem || !facts || facts->fingerprint != entry.fingerprint) {
    give_up();  // the Secret changed since the slot was reserved
    memory_.secrets.erase(object.meta.uid);
    return Step::kDone;
  }

  const SecretMaterial& material = reading->material;
  const iotda::Upload upload{material.certificate_pem, material.private_key.view(), material.password.view()};
  bool sent = false;
  const auto guard = [&] {
    const auto right = memory_.rights.find(entry.attempt);
    const bool may =
        right != memory_.rights.end() && ports_.clock.boot_now() < right->second && ports_.leadership.leading();
    if (right != memory_.rights.end()) memory_.rights.erase(right);
    sent = may;
    return may;
  };
  const base::BootTime began = ports_.clock.boot_now();
  auto added = access_.platform->add(upload, guard, o_.timing.upload_deadline, stop_);
  memory_.rights.erase(entry.attempt);
  if (sent) {
    const base::Duration took = ports_.clock.boot_now() - began;
    memory_.upload_time = std::max(took, memory_.upload_time.value_or(took) * 3 / 4);
    memory_.allowances[object.meta.uid].spend(reading->view.versions, entry.fingerprint, began);
  }

  if (added.ok()) {
    memory_.outcomes[entry.attempt] = {AddOutcome::Kind::kAdded, added->id};
    memory_.rejections.erase(object.meta.uid);
    memory_.refused_uploads.erase(object.meta.name.ns);
    memory_.add_gate.reset();
    PlatformCertificate made = described(*added, entry.fingerprint);
    if (made.expiry_date.empty() || made.effective_date.empty()) {
      // The certificate says the same.
      if (!memory_.odd_dates) {
        os::log::warn("cannot parse the dates that the platform returned; using those of the certificate",
                      {{"servercertificate", object.meta.name.to_string()}, {"instance", o_.instance_name}});
      }
      memory_.odd_dates = true;
      made.effective_date = base::to_rfc3339(facts->not_before);
      made.expiry_date = base::to_rfc3339(facts->not_after);
    }
    const std::string until = made.expiry_date;
    memory_.known[added->id] = std::move(made);
    open_gate();
    std::string note = "uploaded to the platform as " + added->id + ", valid until " + until;
    // A renewal that shortens the time is allowed, and mostly a mistake.
    const auto replaced = base::parse_rfc3339(object.status.expiry_date);
    const bool shorter = replaced && facts->not_after < *replaced;
    if (shorter)
      note += ", which is before the expiry of the certificate that it replaces, " + object.status.expiry_date;
    publish(object, shorter, "Uploaded", "Upload", with_request_id(note, added->request_id));
    return Step::kDone;
  }
  const iotda::Error& error = added.error();
  AddOutcome::Kind kind = AddOutcome::Kind::kNotAdded;
  switch (error.code) {
    case iotda::Error::Code::kRejected:
    case iotda::Error::Code::kNotFound:
      refused(Refused::kUpload, object, error, Reason::kUploadRejected, kRejectedPause);
      break;
    case iotda::Error::Code::kQuota:
      // Somebody else took a slot: look who, where that can be seen.
      refused(Refused::kUpload, object, error, Reason::kQuotaExceeded, kQuotaPause);
      if (!o_.inventory_denied) memory_.inventory_tried.reset();
      break;
    case iotda::Error::Code::kForbidden:
      if (lacks_permission(error)) {
        shut(memory_.add_gate, error);
        break;
      }
      [[fallthrough]];
    case iotda::Error::Code::kUnauthorized:
    case iotda::Error::Code::kThrottled:
      shut_gate(error);
      break;
    case iotda::Error::Code::kNotSent:
      if (sent) shut_gate(error);  // else it was we who did not want to any more
      break;
    case iotda::Error::Code::kUnknown:
    case iotda::Error::Code::kCancelled:
      kind = AddOutcome::Kind::kUnknown;
      shut_gate(error);
      os::log::warn("it is unknown whether an upload reached the platform",
                    {{"servercertificate", object.meta.name.to_string()},
                     {"instance", o_.instance_name},
                     {"attempt", entry.attempt},
                     {"error", error.message}});
      break;
  }
  memory_.outcomes[entry.attempt] = {kind, ""};
  return Step::kDone;
}

void Executor::refused(Refused what, const ServerCertificate& object, const iotda::Error& error, Reason reason,
                       const base::Backoff::Policy& pause, std::string id) {
  const SecretView* view = secret_view(object.meta.uid);
  const base::SystemTime now = ports_.clock.system_now();
  // Of before a restart, too.
  const Rejection* before = nullptr;
  for (const CertificateView& seen : o_.certificates) {
    if (seen.object->meta.uid != object.meta.uid) continue;
    before = what == Refused::kUpload ? seen.refusal() : seen.binding_refusal();
  }
  if (what == Refused::kUpload) {
    memory_.allowances[object.meta.uid].refused();
    memory_.refused_uploads.try_emplace(object.meta.name.ns, kRefusedBurst, kRefusedRefill)
        .first->second.spend(ports_.clock.boot_now());
  }
  const int attempts = before == nullptr ? 1 : before->attempts + 1;
  auto& rejections = what == Refused::kUpload ? memory_.rejections : memory_.binding_rejections;
  rejections[object.meta.uid] = {object.meta.generation,
                                 view->versions,
                                 last_error(error, reason, now),
                                 attempts,
                                 now + base::backoff_delay(pause, attempts),
                                 std::move(id)};
}

void Executor::shut_gate(const iotda::Error& error) {
  shut(memory_.gate, error);
}

void Executor::shut(std::optional<Gate>& gate, const iotda::Error& error) const {
  Reason reason = Reason::kPlatformUnavailable;
  base::Backoff::Policy pause = kUnavailablePause;
  if (error.code == iotda::Error::Code::kUnauthorized) {
    reason = Reason::kCredentialsRejected;
    pause = kRefusedPause;
  } else if (error.code == iotda::Error::Code::kForbidden) {
    reason = Reason::kPermissionDenied;
    pause = kRefusedPause;
  } else if (error.code == iotda::Error::Code::kThrottled) {
    reason = Reason::kThrottled;
    pause = kThrottledPause;
  } else if (error.code == iotda::Error::Code::kRejected) {
    pause = kRefusedPause;
  }
  const int failures = (gate ? gate->failures : 0) + 1;
  const base::Duration wait = std::max(base::backoff_delay(pause, failures), error.retry_after.value_or(seconds(0)));
  const base::SystemTime now = ports_.clock.system_now();
  gate = Gate{reason, last_error(error, reason, now), ports_.clock.boot_now() + wait, now + wait, failures};
}

}  // namespace controller
