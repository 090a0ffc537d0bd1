#include "process.h"

#include <algorithm>

#include "api_client.h"
#include "base/backoff.h"
#include "cached_inspect.h"
#include "cloud_client.h"
#include "violation.h"
#include "world.h"

namespace simulation {
namespace {

using std::chrono::seconds;

constexpr base::Duration kRenewDeadline = seconds(10);
/// No call takes longer, by the deadlines of the clients.
constexpr base::Duration kCallDeadline = seconds(30);
constexpr base::Backoff::Policy kRetry{std::chrono::milliseconds(5), std::chrono::minutes(5)};

std::unique_ptr<controller::StoreHandler> make_handler(Kind kind, controller::Store& store) {
  const auto nothing = [] {};
  switch (kind) {
    case Kind::kInstances:
      return std::make_unique<controller::InstanceHandler>(store, nothing);
    case Kind::kCertificates:
      return std::make_unique<controller::CertificateHandler>(store, "", nothing);
    case Kind::kSecrets:
      return std::make_unique<controller::SecretHandler>(store, "", nothing);
  }
  std::abort();
}

}  // namespace

Process::Process(World& world, int index)
    : world_(world),
      index_(index),
      api_(std::make_unique<ApiClient>(*this)),
      platform_(std::make_shared<CloudClient>(*this)) {}

Process::~Process() {
  if (!running()) return;
  dying_ = true;
  fiber_.resume();
}

void Process::start() {
  frozen = cut_off = dying_ = false;
  renewed_at_.reset();
  queued_.clear();
  delayed_.clear();
  failures_.clear();
  suspended_since_.clear();
  domains_seen.reset();
  removed.clear();
  soft_stop_ = {};
  hard_stop_ = {};
  busy_until_ = {};
  covers_other_ = world_.other_in_scope;
  had_credentials_ = false;
  reconciler_.reset();
  store_ = std::make_unique<controller::Store>("iotda-system", [this](const std::string& key) { queued_.insert(key); });
  reconciler_ = std::make_unique<controller::Reconciler>(
      *api_, *store_, static_cast<controller::PlatformProvider&>(*this), static_cast<kube::EventSink&>(*this),
      world_.clock, *this,
      controller::ReconcilerConfig{.timing = world_.timing,
                                   .in_scope = [this](const std::string& ns) { return covers(ns); },
                                   .inspect = cached_inspect});
  for (const Kind kind : kKinds) {
    handlers_.at(static_cast<std::size_t>(kind)) = make_handler(kind, *store_);
    relist(kind);
  }
}

void Process::crash() {
  if (running()) {
    dying_ = true;
    fiber_.resume();
  }
  start();
}

void Process::stop_gently() {
  soft_stop_.request_stop();
  if (!running()) end();
}

void Process::stop_hard() {
  soft_stop_.request_stop();
  hard_stop_.request_stop();
  busy_until_ = {};
  if (!running()) end();
}

void Process::end() {
  world_.story.tell([&] { return name() + " has ended and starts anew"; });
  world_.lease.release(index_);
  start();
}

std::size_t Process::backlog(Kind kind) const {
  if (epochs_.at(static_cast<std::size_t>(kind)) != world_.cluster.epoch()) return 1;
  return world_.cluster.log(kind).size() - seen_.at(static_cast<std::size_t>(kind));
}

void Process::deliver(Kind kind) {
  if (epochs_.at(static_cast<std::size_t>(kind)) != world_.cluster.epoch()) {
    relist(kind);
    return;
  }
  const Change& change = world_.cluster.log(kind)[seen_.at(static_cast<std::size_t>(kind))++];
  controller::StoreHandler& handler = *handlers_.at(static_cast<std::size_t>(kind));
  if (!covers(change.name.ns)) return;
  if (change.deleted) {
    handler.deleted(change.object());
  } else {
    handler.apply(change.object());
  }
  if (kind == Kind::kCertificates) note_suspension(change);
}

void Process::note_suspension(const Change& change) {
  const json::Value object = change.object();
  const meta::Uid uid(object["metadata"]["uid"].string_or(""));
  if (!change.deleted && object["spec"]["suspend"].boolean_or(false)) {
    suspended_since_.try_emplace(uid, world_.story.steps());
  } else {
    suspended_since_.erase(uid);
  }
}

void Process::relist(Kind kind) {
  controller::StoreHandler& handler = *handlers_.at(static_cast<std::size_t>(kind));
  const auto& log = world_.cluster.log(kind);
  handler.asking();
  handler.init();
  for (const auto& [name, place] : world_.cluster.present(kind)) {
    if (!covers(name.ns)) continue;
    handler.init_apply(log[place].object());
    if (kind == Kind::kCertificates) note_suspension(log[place]);
  }
  handler.init_done();
  seen_.at(static_cast<std::size_t>(kind)) = log.size();
  epochs_.at(static_cast<std::size_t>(kind)) = world_.cluster.epoch();
}

bool Process::ready() const {
  if (frozen) return false;
  if (running()) return busy_until_ <= world_.clock.boot_now();
  if (!leading()) return false;
  if (!queued_.empty()) return true;
  const auto due = next_due();
  return due && *due <= world_.clock.boot_now();
}

std::optional<base::BootTime> Process::next_due() const {
  if (running()) return busy_until_;
  std::optional<base::BootTime> next;
  if (!leading()) return next;
  for (const auto& [key, when] : delayed_) next = next ? std::min(*next, when) : when;
  return next;
}

void Process::work() {
  if (!running()) {
    std::string key;
    if (!queued_.empty()) {
      key = *queued_.begin();
    } else {
      const base::BootTime now = world_.clock.boot_now();
      const auto due = std::find_if(delayed_.begin(), delayed_.end(), [&](const auto& d) { return d.second <= now; });
      if (due == delayed_.end()) return;
      key = due->first;
    }
    queued_.erase(key);
    delayed_.erase(key);
    run_began_ = world_.clock.boot_now();
    world_.traffic.run(*this);
    world_.story.tell([&] { return name() + " reconciles " + key; });
    fiber_.start([this, key] { reconcile(key); });
  }
  try {
    fiber_.resume();
  } catch (const Crash&) {
    world_.story.tell([&] { return name() + " has crashed and starts anew"; });
    start();
    return;
  }
  if (!running() && soft_stop_.stop_requested()) end();
}

void Process::reconcile(const std::string& key) {
  try {
    finish(key, reconciler_->reconcile(key, soft_stop_.get_token(), hard_stop_.get_token()));
  } catch (const Crash&) {
    if (!dying_) throw;
  }
}

void Process::finish(const std::string& key, const controller::ReconcileResult& result) {
  const base::BootTime now = world_.clock.boot_now();
  if (result.failed) {
    delayed_[key] = now + base::backoff_delay(kRetry, ++failures_[key]);
  } else {
    failures_.erase(key);
    if (result.again_after) delayed_[key] = now + *result.again_after;
  }
  world_.story.tell([&] {
    if (result.failed) return name() + " is done with " + key + ": failed";
    if (!result.again_after) return name() + " is done with " + key;
    const double wait = std::chrono::duration<double>(*result.again_after).count();
    return name() + " is done with " + key + ", again after " + std::to_string(wait) + " s";
  });
}

std::optional<base::Duration> Process::patience() const {
  if (!running() || frozen) return std::nullopt;
  const base::BootTime end = std::max(call_began_ + kCallDeadline, busy_until_);
  return std::max<base::Duration>(end - world_.clock.boot_now(), base::Duration::zero());
}

bool Process::leading() const {
  if (!world_.setup.election) return true;
  return renewed_at_ && world_.clock.boot_now() < *renewed_at_ + kRenewDeadline;
}

void Process::renew() {
  renewed_at_ = world_.clock.boot_now();
}

void Process::pause() {
  fiber_.suspend();
  if (dying_) throw Crash{};
}

void Process::wait(base::Duration d) {
  if (d <= base::Duration::zero()) return;
  busy_until_ = world_.clock.boot_now() + d;
  while (world_.clock.boot_now() < busy_until_) pause();
}

Fate Process::at_call(const CallSite& call) {
  call_began_ = world_.clock.boot_now();
  if (world_.setup.interleaved) pause();
  Fate fate = world_.director->fate(call);
  // Woken up too late, a client finds its deadline passed. The guards of the platform's calls have to see to it alone.
  if (!call.of_platform() && world_.clock.boot_now() > call_began_ + kCallDeadline) fate = {Fate::Kind::kLostBefore};
  return fate;
}

void Process::await_answer() {
  if (world_.setup.interleaved) pause();
}

bool Process::knew_suspended(const meta::Uid& uid) const {
  const auto known = suspended_since_.find(uid);
  if (known == suspended_since_.end() || known->second >= action_began_) return false;
  // What the watch told may have been old news to a process that has read the object since.
  const auto snapshot = store_->snapshot(kInstance);
  return std::any_of(snapshot.certificates.begin(), snapshot.certificates.end(),
                     [&](const auto& object) { return object->meta.uid == uid && object->suspend; });
}

void Process::credentials_changed() {
  queued_.insert(kInstance);
}

/// As CloudPlatforms does it, but for the GET of the Secret.
controller::PlatformAccess Process::access(const resources::Instance& instance, std::stop_token /*stop*/) {
  action_began_ = world_.story.steps();
  const Credentials& there = world_.credentials;
  const std::string revision = std::to_string(there.version);
  const bool has_slots = instance.status.slots && !instance.status.slots->empty();
  const bool kept = had_credentials_ && has_slots && there.state == Credentials::State::kMissing;
  if (there.state == Credentials::State::kThere || kept) {
    had_credentials_ = true;
    return {platform_, std::nullopt, false, platform::Signing::kDerived, revision};
  }
  had_credentials_ = false;
  const bool missing = there.state == Credentials::State::kMissing;
  return {nullptr,
          resources::Problem{resources::Reason::kCredentialsNotFound,
                             missing ? "Secret iotda-system/credentials does not exist"
                                     : "Secret iotda-system/credentials cannot be read"},
          !missing, platform::Signing::kDerived, revision};
}

void Process::publish(kube::Event event) {
  world_.story.tell([&] {
    return name() + "   event " + event.reason + " for " + event.regarding.name.to_string() + ": " + event.note;
  });
}

}  // namespace simulation
