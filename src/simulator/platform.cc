#include "simulator/platform.h"

#include <chrono>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"
#include "base/time_format.h"

namespace simulator {
namespace {

/// How long the connection of a call without a response is kept; longer than clients wait.
constexpr auto kNoAnswer = std::chrono::minutes(5);
constexpr const char* kJson = "application/json;charset=UTF-8";

bool is_name(std::string_view s, std::size_t max) {
  return s.size() <= max &&
         base::consists_of(s, [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_'; });
}

void write(server::Response& response, const Reply& reply) {
  response.status = reply.status;
  response.body = reply.body;
  if (!reply.body.empty()) response.headers.emplace_back("Content-Type", kJson);
}

void write(server::Response& response, LoggedRequest& entry, const ErrorAnswer& error, ErrorSpelling spelling) {
  response.status = error.status;
  response.body = spell(error, spelling, entry.request_id);
  response.headers.emplace_back("Content-Type", spelling == ErrorSpelling::kText ? "text/plain" : kJson);
  if (error.retry_after > 0) response.headers.emplace_back("Retry-After", std::to_string(error.retry_after));
  entry.error_code = error.code;
}

/// Applies a fault to a response.
void disturb(server::Response& response, LoggedRequest& entry, const Fault& fault) {
  switch (fault.action) {
    case Fault::Action::kDelay:
      response.delivery.delay += fault.delay;
      break;
    case Fault::Action::kDropBefore:
    case Fault::Action::kDropAfter:
      entry.outcome = fault.action == Fault::Action::kDropBefore ? "dropped_before" : "dropped_after";
      response.delivery.kind = server::Delivery::Kind::kNone;
      break;
    case Fault::Action::kPartialBody:
      entry.outcome = "partial_body";
      response.delivery.kind = server::Delivery::Kind::kHalf;
      break;
    case Fault::Action::kStatus:
    case Fault::Action::kLateCommit:
      break;
  }
}

}  // namespace

Platform::Platform(Settings settings, os::Clock& clock)
    : project_id_(std::move(settings.project_id)),
      instance_id_(std::move(settings.instance_id)),
      quota_(settings.quota),
      clock_(clock),
      authenticator_(std::move(settings.credentials), clock),
      behaviour_(std::make_shared<const Behaviour>(std::move(settings.behaviour))) {}

server::Response Platform::handle(const server::Request& request) {
  LoggedRequest entry = arrived(request.method, request.target, clock_.system_now());
  const auto found = route(request.method, request.target);
  std::shared_ptr<const Behaviour> behaviour;
  std::optional<Fault> fault;
  {
    const os::MutexLock lock(mutex_);
    behaviour = behaviour_;
    if (found) fault = faults_.take(found->call);
  }
  if (found) entry.call = name_of(found->call);
  const Answer answer =
      found ? perform(*found, request, *behaviour, fault) : base::Err(behaviour->answer_to({Refusal::kUnknownApi}));

  server::Response response;
  response.headers = {{"X-Request-Id", entry.request_id},
                      {"Date", base::to_http_date(clock_.system_now() + behaviour->skew)}};
  response.delivery.delay = behaviour->latency;
  if (!answer) {
    entry.outcome = "late_commit";
    response.status = 0;
    response.delivery = {server::Delivery::Kind::kNone, kNoAnswer};
  } else if (answer->ok()) {
    write(response, **answer);
  } else {
    write(response, entry, answer->error(), behaviour->error_spelling);
  }
  if (fault) disturb(response, entry, *fault);
  entry.status = response.status;
  entry.ended = clock_.system_now();
  log_.add(std::move(entry));
  return response;
}

Platform::Answer Platform::perform(const Route& route, const server::Request& request, const Behaviour& behaviour,
                                   const std::optional<Fault>& fault) {
  const auto is = [&](Fault::Action action) { return fault && fault->action == action; };
  if (is(Fault::Action::kStatus) && !fault->after) return base::Err(fault->answer);
  if (is(Fault::Action::kDropBefore)) return Reply{0, ""};

  Target target;
  if (const auto refused = admit(route, request, behaviour, target)) return base::Err(behaviour.answer_to(*refused));
  auto prepared = prepare(route, request, clock_.system_now() + behaviour.skew);
  if (!prepared) return base::Err(behaviour.answer_to(prepared.error()));

  const bool changes = changes_state(route.call);
  std::optional<base::Duration> late;
  if (changes && behaviour.late_commit > base::Duration::zero()) late = behaviour.late_commit;
  if (is(Fault::Action::kLateCommit)) late = fault->delay;
  const os::MutexLock lock(mutex_);
  apply_late();
  if (late) {
    late_.emplace(clock_.boot_now() + *late, Late{std::move(target), std::move(*prepared)});
    return std::nullopt;
  }
  const auto reply = apply(target, *prepared);
  if (reply && changes) changed();
  if (is(Fault::Action::kStatus)) return base::Err(fault->answer);
  if (!reply) return base::Err(behaviour.answer_to(reply.error()));
  return *reply;
}

/// All checks that are made before the input is read. Sets `target`.
std::optional<Refused> Platform::admit(const Route& route, const server::Request& request, const Behaviour& behaviour,
                                       Target& target) {
  if (behaviour.throttled.contains(route.call)) return Refused{Refusal::kThrottled};
  if (auto refused = authenticator_.check(request, behaviour)) return refused;

  target = {route.project_id, std::string(request.header("Instance-Id").value_or(instance_id_))};
  if (!is_name(target.project_id, 64) || (!target.instance_id.empty() && !is_name(target.instance_id, 36))) {
    return Refused{Refusal::kInvalidInput, "(project_id or Instance-Id)"};
  }
  const bool other_project = !project_id_.empty() && target.project_id != project_id_;
  const bool other_instance = !instance_id_.empty() && target.instance_id != instance_id_;
  if (other_project || other_instance) return Refused{Refusal::kUnknownInstance};
  if (behaviour.denied.contains(route.call)) return Refused{Refusal::kPermissionDenied};
  return std::nullopt;
}

base::Result<Reply, Refused> Platform::apply(const Target& target, const Effect& effect) {
  return effect(instance(target), Context{clock_.system_now(), clock_.boot_now(), *behaviour_, identifiers_});
}

void Platform::apply_late() {
  const base::BootTime now = clock_.boot_now();
  while (!late_.empty() && late_.begin()->first <= now) {
    const auto due = late_.extract(late_.begin());
    if (apply(due.mapped().target, due.mapped().effect)) changed();
  }
}

Instance& Platform::instance(const Target& target) {
  return instances_.try_emplace(target, quota_).first->second;
}

void Platform::changed() {
  ++version_;
  changed_.notify_all();
}

std::optional<server::TlsIdentity> Platform::served(std::string_view domain_name) {
  const os::MutexLock lock(mutex_);
  apply_late();
  for (const auto& [target, instance] : instances_) {
    for (const DomainConfiguration& configuration : instance.configurations()) {
      if (base::to_lower(configuration.domain_name) != base::to_lower(domain_name)) continue;
      const Held held = instance.find(configuration.server_certificate_id);
      if (!held || !held->certificate.key) return std::nullopt;
      const PrivateKey& key = *held->certificate.key;
      return server::TlsIdentity{held->certificate.pem, key.pem.clone(), key.password.clone()};
    }
  }
  return std::nullopt;
}

Behaviour Platform::behaviour() const {
  const os::MutexLock lock(mutex_);
  return *behaviour_;
}

base::Result<void, std::string> Platform::change_behaviour(json::Value changes) {
  const os::MutexLock lock(mutex_);
  Behaviour behaviour = *behaviour_;
  if (auto updated = update(behaviour, changes); !updated) return updated;
  behaviour_ = std::make_shared<const Behaviour>(std::move(behaviour));
  return {};
}

void Platform::add_faults(std::vector<Fault> faults) {
  const os::MutexLock lock(mutex_);
  faults_.add(std::move(faults));
}

void Platform::clear_faults() {
  const os::MutexLock lock(mutex_);
  faults_.clear();
}

std::vector<Fault> Platform::faults() const {
  const os::MutexLock lock(mutex_);
  return faults_.pending();
}

Snapshot Platform::snapshot() {
  const os::MutexLock lock(mutex_);
  apply_late();
  return instances_;
}

base::Result<Held, Refused> Platform::add_foreign(const Target& target, Certificate certificate) {
  const os::MutexLock lock(mutex_);
  apply_late();
  auto held = instance(target).add(std::move(certificate), identifiers_.next(clock_.system_now()), clock_.boot_now(),
                                   /*refuse_duplicates=*/false);
  if (held) changed();
  return held;
}

bool Platform::remove_foreign(std::string_view id) {
  const os::MutexLock lock(mutex_);
  apply_late();
  for (auto& [target, instance] : instances_) {
    if (instance.remove(id, clock_.boot_now(), /*refuse_bound=*/false)) {
      changed();
      return true;
    }
  }
  return false;
}

void Platform::restore(Snapshot snapshot) {
  const os::MutexLock lock(mutex_);
  instances_ = std::move(snapshot);
  for (const auto& [target, instance] : instances_) {
    for (const Held& held : instance.certificates()) identifiers_.skip_to(held->id);
    for (const DomainConfiguration& c : instance.configurations()) identifiers_.skip_to(c.id);
  }
}

std::uint64_t Platform::wait_for_change(std::uint64_t seen, std::stop_token stop) {
  const os::MutexLock lock(mutex_);
  changed_.wait(mutex_, std::move(stop), [&] { return version_ != seen; });
  return version_;
}

}  // namespace simulator
