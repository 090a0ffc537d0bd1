#include "overview/overview.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <tuple>
#include <utility>

#include "base/time_format.h"
#include "meta/condition.h"

namespace overview {
namespace {

/// How long something may be missing, or the operator silent, before it counts as a matter for a person.
constexpr base::Duration kPatience = std::chrono::minutes(10);
/// Issuers renew when a third of the lifetime is left.
constexpr int kExpiresSoonPercent = 10;

using ByName = std::map<meta::ObjectName, const resources::ServerCertificate*>;

bool is_true(const meta::Conditions& conditions, std::string_view type) {
  const meta::Condition* condition = meta::find(conditions, type);
  return condition != nullptr && condition->status;
}

bool older_than_patience(const std::string& since, base::SystemTime now) {
  const auto time = base::parse_rfc3339(since);
  return time && now - *time > kPatience;
}

Health not_handled(const meta::Metadata& meta, base::SystemTime now) {
  const bool late = now - meta.created > kPatience;
  return {late ? State::kNeedsAction : State::kWorking, false, std::string(kNotHandled),
          late ? "the operator has not handled this object; check that it is running and watches this namespace"
               : "the operator has not handled this object yet",
          base::to_rfc3339(meta.created)};
}

Health health_of(const meta::Metadata& meta, std::int64_t observed_generation, const meta::Conditions& conditions,
                 base::SystemTime now) {
  const meta::Condition* ready = meta::find(conditions, meta::kReady);
  if (ready == nullptr) return not_handled(meta, now);
  Health health{State::kReady, ready->status, ready->reason, ready->message, ready->last_transition_time};
  const bool stalled = is_true(conditions, meta::kStalled);
  const bool reconciling = is_true(conditions, meta::kReconciling);
  if (stalled || reconciling) {
    const std::string_view type = stalled ? meta::kStalled : meta::kReconciling;
    health.since = meta::find(conditions, type)->last_transition_time;
  }
  const resources::ReasonRow* row = resources::find_reason(ready->reason);
  const bool warns = row != nullptr && row->told == resources::Told::kWarning;
  if (row != nullptr && row->reason == resources::Reason::kSuspended) {
    health.state = State::kSuspended;
  } else if (stalled || (!ready->status && warns && older_than_patience(health.since, now))) {
    health.state = State::kNeedsAction;
  } else if (reconciling || !ready->status) {
    health.state = State::kWorking;
  } else if (observed_generation < meta.generation) {
    health.state = State::kWorking;
    health.reason = kNotHandled;
    health.message = "the operator has not handled the last change of the object yet";
    health.since.clear();
  }
  return health;
}

Lifetime lifetime_of(std::string effective, std::string expiry, base::SystemTime now) {
  Lifetime lifetime{std::move(effective), std::move(expiry), std::nullopt};
  const auto begin = base::parse_rfc3339(lifetime.effective);
  const auto end = base::parse_rfc3339(lifetime.expiry);
  if (begin && end && *begin < *end) {
    const double whole = std::chrono::duration<double>(*end - *begin).count();
    const double left = std::chrono::duration<double>(*end - now).count();
    lifetime.left_percent = static_cast<int>(std::clamp(100 * left / whole, 0.0, 100.0));
  }
  return lifetime;
}

Certificate certificate_of(const resources::ServerCertificate& object, bool has_slot, base::SystemTime now) {
  const resources::ServerCertificateStatus& status = object.status;
  Certificate c;
  c.name = object.meta.name;
  c.instance = object.instance;
  c.health = health_of(object.meta, status.observed_generation, status.conditions, now);
  c.available = is_true(status.conditions, resources::kAvailable);
  c.deleting = object.meta.deleting;
  c.secret = object.secret;
  for (const resources::SecretVersion& seen : status.observed_secrets) {
    if (seen.name == object.secret) c.secret_version = seen.resource_version;
  }
  c.certificate_id = status.server_certificate_id.str();
  c.fingerprint = status.fingerprint.str();
  c.common_name = status.common_name;
  c.lifetime = lifetime_of(status.effective_date, status.expiry_date, now);
  c.last_upload = status.last_upload_time;
  c.pending_fingerprint = status.pending_fingerprint.str();
  c.pending_expiry = status.pending_expiry;
  if (object.domain) c.domain = object.domain->name;
  c.configuration_id = status.domain_configuration_id.str();
  c.has_slot = has_slot;
  c.last_error = status.last_error;
  c.attempts = status.attempts;
  c.next_attempt = status.next_attempt_time;
  c.story = story_of(object, has_slot);
  const bool ends = c.lifetime.left_percent && *c.lifetime.left_percent < kExpiresSoonPercent;
  if (c.health.state == State::kReady && ends && c.pending_fingerprint.empty()) {
    c.health.state = State::kNeedsAction;
    c.health.reason = kExpiresSoon;
    c.health.message = "the certificate expires " + c.lifetime.expiry + ", and Secret " + c.name.ns + "/" + c.secret +
                       " has no newer one; renew it";
    c.health.since.clear();
  }
  return c;
}

Slot slot_of(const resources::Slot& entry, const ByName& objects, base::SystemTime now) {
  Slot slot;
  slot.state = entry.state == resources::SlotState::kOther ? entry.state_text : std::string(to_string(entry.state));
  slot.origin = entry.recorded_only ? "Recorded" : entry.adopted ? "Adopted" : "Created";
  slot.owner = entry.owner;
  slot.reserved_for = entry.reserved_for;
  slot.certificate_id = entry.id.str();
  slot.fingerprint = entry.fingerprint.str();
  slot.since = entry.since;
  const auto found = objects.find(entry.owner);
  if (found == objects.end() || entry.id.empty() || found->second->status.server_certificate_id != entry.id)
    return slot;
  const resources::ServerCertificateStatus& status = found->second->status;
  slot.common_name = status.common_name;
  slot.lifetime = lifetime_of(status.effective_date, status.expiry_date, now);
  slot.renewal_pending = !status.pending_fingerprint.empty();
  // While it is not Ready, its domain can still serve an earlier certificate.
  const auto& domain = found->second->domain;
  if (domain && is_true(status.conditions, meta::kReady) && is_true(status.conditions, resources::kAvailable)) {
    slot.domains.push_back(domain->name);
  }
  return slot;
}

std::vector<Slot> slots_of(const resources::InstanceStatus& status, const ByName& objects, base::SystemTime now) {
  std::vector<Slot> slots;
  for (const resources::Slot& entry : status.slots.value_or(resources::Ledger{})) {
    slots.push_back(slot_of(entry, objects, now));
  }
  // The status lists only the first ones.
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(status.foreign_count, 0)) && i < 64; ++i) {
    Slot slot;
    slot.state = kForeign;
    if (i < status.foreign.size()) {
      slot.certificate_id = status.foreign[i].id.str();
      slot.common_name = status.foreign[i].common_name;
      slot.lifetime = lifetime_of("", status.foreign[i].expiry_date, now);
    }
    slots.push_back(std::move(slot));
  }
  const auto limit = static_cast<std::size_t>(std::clamp(status.limit, 0, 64));
  while (status.used && slots.size() < limit) {
    slots.emplace_back().state = kFree;
  }
  return slots;
}

Domain domain_of(const resources::Domain& entry, const ByName& objects) {
  Domain domain;
  domain.name = entry.name;
  domain.state = entry.state == resources::DomainState::kOther ? entry.state_text : std::string(to_string(entry.state));
  domain.origin = entry.adopted ? "Adopted" : "Created";
  domain.configuration_id = entry.id.str();
  domain.owner = entry.owner;
  const auto found = objects.find(entry.owner);
  if (found == objects.end() || entry.state != resources::DomainState::kActive) return domain;
  const resources::ServerCertificate& owner = *found->second;
  domain.served =
      owner.domain && owner.domain->name == entry.name && is_true(owner.status.conditions, resources::kAvailable);
  if (domain.served && is_true(owner.status.conditions, meta::kReady)) {
    domain.certificate_id = owner.status.server_certificate_id.str();
  }
  return domain;
}

Instance instance_of(const resources::Instance& object, const ByName& objects, base::SystemTime now) {
  const resources::InstanceStatus& status = object.status;
  Instance i;
  i.name = object.name();
  i.health = health_of(object.meta, status.observed_generation, status.conditions, now);
  if (i.health.state == State::kNeedsAction) i.advice = advice_for(i.health.reason, {{}, "", i.name});
  i.endpoint = object.endpoint;
  i.region = object.region;
  i.project_id = object.project();
  i.instance_id = object.instance_id;
  i.inventory = status.inventory;
  i.limit = status.used ? status.limit : object.quota;
  i.used = status.used;
  i.foreign = status.foreign_count;
  i.slots = slots_of(status, objects, now);
  for (const resources::Domain& entry : status.domains) i.domains.push_back(domain_of(entry, objects));
  i.last_error = status.last_error;
  i.next_attempt = status.next_attempt_time;
  return i;
}

bool has_slot(const resources::Instance* instance, const meta::Uid& uid) {
  if (instance == nullptr || !instance->status.slots) return false;
  const resources::Ledger& ledger = *instance->status.slots;
  return std::any_of(ledger.begin(), ledger.end(), [&](const resources::Slot& s) { return s.owner_uid == uid; });
}

void add_events(const std::vector<Event>& events, Certificate& certificate) {
  for (const Event& event : events) {
    if (event.kind == "ServerCertificate" && event.name == certificate.name) certificate.events.push_back(event);
  }
  std::stable_sort(certificate.events.begin(), certificate.events.end(),
                   [](const Event& a, const Event& b) { return a.time > b.time; });
}

/// The objects that need a person. What is not served at all comes first, then what expires first.
std::vector<Need> needs_of(const Overview& overview) {
  std::vector<Need> needs;
  for (const Instance& i : overview.instances) {
    if (i.health.state != State::kNeedsAction) continue;
    std::string first_expiry;
    for (const Certificate& c : overview.certificates) {
      const std::string& expiry = c.lifetime.expiry;
      if (c.instance == i.name && !expiry.empty() && (first_expiry.empty() || expiry < first_expiry)) {
        first_expiry = expiry;
      }
    }
    needs.push_back(
        {"IoTDAInstance", {"", i.name}, i.health.reason, i.health.message, i.health.since, std::move(first_expiry)});
  }
  for (const Certificate& c : overview.certificates) {
    if (c.health.state != State::kNeedsAction) continue;
    needs.push_back({"ServerCertificate", c.name, c.health.reason, c.health.message, c.health.since,
                     c.available ? c.lifetime.expiry : ""});
  }
  std::stable_sort(needs.begin(), needs.end(), [](const Need& a, const Need& b) { return a.expiry < b.expiry; });
  return needs;
}

}  // namespace

std::string_view to_string(State state) {
  constexpr std::array<std::string_view, 4> kNames{"NeedsAction", "Working", "Suspended", "Ready"};
  return kNames.at(static_cast<std::size_t>(state));
}

bool Overview::all_ready() const {
  const auto ready = [](const auto& object) {
    return object.health.ready && object.health.state != State::kNeedsAction;
  };
  return std::all_of(instances.begin(), instances.end(), ready) &&
         std::all_of(certificates.begin(), certificates.end(), ready);
}

Overview make_overview(const Objects& objects, base::SystemTime now) {
  Overview overview;
  overview.time = now;
  overview.unread = objects.unread;
  ByName by_name;
  for (const resources::ServerCertificate& object : objects.certificates) by_name[object.meta.name] = &object;
  std::map<std::string, const resources::Instance*> instances;
  for (const resources::Instance& object : objects.instances) {
    instances[object.name()] = &object;
    overview.instances.push_back(instance_of(object, by_name, now));
  }
  for (const resources::ServerCertificate& object : objects.certificates) {
    const auto instance = instances.find(object.instance);
    const bool slot = has_slot(instance == instances.end() ? nullptr : instance->second, object.meta.uid);
    overview.certificates.push_back(certificate_of(object, slot, now));
    add_events(objects.events, overview.certificates.back());
  }
  std::sort(overview.certificates.begin(), overview.certificates.end(), [](const Certificate& a, const Certificate& b) {
    return std::tie(a.health.state, a.name) < std::tie(b.health.state, b.name);
  });
  std::map<std::string, State> most_urgent;  // of an instance and its certificates
  for (Instance& instance : overview.instances) {
    most_urgent[instance.name] = instance.health.state;
    for (const Certificate& c : overview.certificates) {
      if (c.instance != instance.name) continue;
      if (!c.has_slot && !c.deleting) instance.waiting.push_back(c.name);
      most_urgent[instance.name] = std::min(most_urgent[instance.name], c.health.state);
    }
  }
  std::sort(overview.instances.begin(), overview.instances.end(), [&](const Instance& a, const Instance& b) {
    return std::tie(a.health.state, most_urgent[a.name], a.name) <
           std::tie(b.health.state, most_urgent[b.name], b.name);
  });
  overview.needs = needs_of(overview);
  return overview;
}

}  // namespace overview
