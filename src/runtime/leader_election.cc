#include "runtime/leader_election.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/time_format.h"
#include "json/writer.h"
#include "os/log.h"
#include "os/random.h"

namespace runtime {
namespace {

using std::chrono::ceil;
using std::chrono::seconds;

constexpr double kAcquireJitter = 0.2;
constexpr std::array<std::string_view, 5> kOwnFields{"holderIdentity", "leaseDurationSeconds", "acquireTime",
                                                     "renewTime", "leaseTransitions"};

}  // namespace

LeaderElector::LeaderElector(kube::Api& api, os::Clock& clock, LeaseConfig config)
    : api_(api), clock_(clock), config_(std::move(config)), name_{config_.ns, config_.name} {}

bool LeaderElector::leading() const {
  const std::int64_t at = renewed_at_.load();
  return at != 0 && clock_.boot_now() - base::BootTime(base::Duration(at)) < config_.renew_deadline;
}

std::optional<std::int64_t> LeaderElector::transitions() const {
  const std::int64_t seen = transitions_.load();
  return seen < 0 ? std::nullopt : std::optional(seen);
}

void LeaderElector::run(const std::stop_token& stop, const std::function<void()>& on_started) {
  if (!acquire(stop)) return;
  os::log::info("became leader", {{"lease", name_.to_string()}, {"identity", config_.identity}});
  on_started();
  renew(stop);
  if (stop.stop_requested()) release();
}

/// False if stopped before that.
bool LeaderElector::acquire(const std::stop_token& stop) {
  std::string waiting_for;
  while (!stop.stop_requested()) {
    const base::BootTime start = clock_.boot_now();
    const Attempt attempt = try_once(stop);
    tried(attempt);
    if (attempt == Attempt::kHeld) return true;
    if (attempt == Attempt::kHeldByOther && holder() != waiting_for) {
      waiting_for = holder();
      os::log::info("another process is the leader", {{"lease", name_.to_string()}, {"holder", waiting_for}});
    }
    const double stretch = 1.0 + kAcquireJitter * os::random_unit();
    clock_.sleep_until(start + std::chrono::duration_cast<base::Duration>(config_.retry_period * stretch), stop);
  }
  return false;
}

/// Records whether there is a leader: this process, or another one that was seen to renew the Lease.
void LeaderElector::tried(Attempt attempt) {
  const base::BootTime now = clock_.boot_now();
  {
    const os::MutexLock lock(mutex_);
    if (attempt == Attempt::kHeldByOther && now - seen_at_ >= config_.lease_duration) {
      cause_ = "it is held by " + holder() + ", which does not renew it; it becomes free when it expires";
    } else if (attempt != Attempt::kFailed) {
      failing_since_.reset();
      return;
    }
    if (!failing_since_) failing_since_ = now;
  }
  const std::string trouble = this->trouble();
  if (!trouble.empty() && troubles_.open(name_.to_string(), now)) {
    os::log::warn(trouble, {{"lease", name_.to_string()}, {"identity", config_.identity}});
  }
}

std::string LeaderElector::trouble() const {
  const os::MutexLock lock(mutex_);
  if (!failing_since_) return {};
  const base::Duration time = clock_.boot_now() - *failing_since_;
  if (time < config_.lease_duration) return {};
  return "no leader for " + base::to_string(std::chrono::floor<seconds>(time)) + ": cannot acquire the Lease " +
         name_.to_string() + ": " + cause_;
}

/// Returns when stopped, or when the Lease is lost.
void LeaderElector::renew(const std::stop_token& stop) {
  base::BootTime start{base::Duration(renewed_at_.load())};
  while (clock_.sleep_until(start + config_.retry_period, stop)) {
    start = clock_.boot_now();
    // A process that slept past its deadline must not continue as the leader: another process may have acted since.
    if (!leading()) return lose("it could not be renewed in time");
    if (try_once(stop) == Attempt::kHeldByOther) return lose("another process holds it");
    if (!leading()) return lose("it could not be renewed in time");
  }
}

void LeaderElector::lose(std::string_view why) {
  renewed_at_ = 0;
  os::log::error("lost the Lease", {{"lease", name_.to_string()}, {"cause", why}});
}

/// Reads the Lease if necessary, and writes it if it is free or held by this process.
LeaderElector::Attempt LeaderElector::try_once(const std::stop_token& stop) {
  // While no other process writes it, one PUT renews the Lease; if that fails, a read shows the reason.
  if (lease_ && holder() == config_.identity && write(stop) == Attempt::kHeld) return Attempt::kHeld;
  if (stop.stop_requested() || !read(stop)) return Attempt::kFailed;
  if (lease_) {
    const std::string other = holder();
    const base::Duration duration = seconds(lease_->root().path("spec.leaseDurationSeconds").integer_or(0));
    const bool free =
        other.empty() || other == config_.identity || (renewed_at_ == 0 && clock_.boot_now() >= seen_at_ + duration);
    if (!free) return Attempt::kHeldByOther;
  }
  return write(stop);
}

/// Creates or replaces the Lease with this process as its holder.
LeaderElector::Attempt LeaderElector::write(const std::stop_token& stop) {
  const base::BootTime start = clock_.boot_now();
  const std::string text = body(config_.identity, config_.lease_duration);
  auto answer =
      lease_ ? api_.replace(kube::kLeases, name_, text, stop) : api_.create(kube::kLeases, config_.ns, text, stop);
  if (!answer) {
    report("cannot write the Lease", answer.error());
    return Attempt::kFailed;
  }
  failures_.reset();
  see(std::move(answer).value());
  // If the response arrived after the deadline, the Lease stays lost: leading() was false in between.
  if (renewed_at_ == 0 || leading()) renewed_at_ = start.time_since_epoch().count();
  return Attempt::kHeld;
}

/// False if the API server did not return the state of the Lease.
bool LeaderElector::read(const std::stop_token& stop) {
  auto answer = api_.get(kube::kLeases, name_, stop);
  if (answer) {
    see(std::move(answer).value());
    return true;
  }
  if (answer.error().code == kube::Error::Code::kNotFound) {
    lease_.reset();
    spec_.clear();
    return true;
  }
  report("cannot read the Lease", answer.error());
  return false;
}

void LeaderElector::see(json::Document lease) {
  std::string spec = lease["spec"].dump();
  if (spec != spec_) {
    spec_ = std::move(spec);
    seen_at_ = clock_.boot_now();
  }
  lease_ = std::move(lease);
  transitions_ = std::max<std::int64_t>(0, lease_->root().path("spec.leaseTransitions").integer_or(0));
}

/// Releases the Lease.
void LeaderElector::release() {
  renewed_at_ = 0;
  const auto let_go = [this] { return api_.replace(kube::kLeases, name_, body("", seconds(1)), std::stop_token()); };
  auto answer = let_go();
  // A renewal that was interrupted by the stop may have taken effect.
  const bool stale = !answer && answer.error().code == kube::Error::Code::kConflict;
  if (stale && read(std::stop_token()) && lease_ && holder() == config_.identity) answer = let_go();
  if (answer) {
    os::log::info("released the Lease", {{"lease", name_.to_string()}});
  } else {
    report("cannot release the Lease; the next leader has to wait until it expires", answer.error());
  }
}

std::string LeaderElector::holder() const {
  return lease_->root().path("spec.holderIdentity").string_or("");
}

/// Fields of the Lease that others set are kept.
std::string LeaderElector::body(const std::string& holder, base::Duration duration) const {
  const std::string now = base::to_rfc3339_micro(clock_.system_now());
  const json::Value seen = lease_ ? lease_->root() : json::Value();
  const json::Value spec = seen["spec"];
  const bool same_holder = spec["holderIdentity"].string() == holder;
  json::Writer w;
  w.begin_object().member("apiVersion", "coordination.k8s.io/v1").member("kind", "Lease").key("metadata");
  if (lease_) {
    w.raw(seen["metadata"].dump());  // including resourceVersion: this is a compare-and-swap
  } else {
    w.begin_object().member("namespace", config_.ns).member("name", config_.name).end_object();
  }
  w.key("spec").begin_object();
  w.member("holderIdentity", holder);
  w.member("leaseDurationSeconds", std::max<std::int64_t>(1, ceil<seconds>(duration).count()));
  w.member("acquireTime", same_holder ? spec["acquireTime"].string_or(now) : now);
  w.member("renewTime", now);
  // Counted when the holder changes from one process to another, not when the Lease is released.
  const bool taken = lease_ && !same_holder && !holder.empty();
  w.member("leaseTransitions", spec["leaseTransitions"].integer_or(0) + (taken ? 1 : 0));
  for (const auto& [key, value] : spec.members()) {
    if (std::find(kOwnFields.begin(), kOwnFields.end(), key) == kOwnFields.end()) w.key(key).raw(value.dump());
  }
  w.end_object().end_object();
  return w.take();
}

void LeaderElector::report(std::string_view what, const kube::Error& error) {
  using Code = kube::Error::Code;
  {
    const os::MutexLock lock(mutex_);
    cause_ = std::string(what) + ": " + error.message;
  }
  // Another process was faster, or this one is stopping: this is not a failure.
  if (error.code == Code::kCancelled || error.code == Code::kConflict || error.code == Code::kAlreadyExists) return;
  if (!failures_.open(error.message, clock_.boot_now())) return;
  os::log::warn(what, {{"lease", name_.to_string()}, {"identity", config_.identity}, {"error", error.message}});
}

}  // namespace runtime
