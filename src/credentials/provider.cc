#include "credentials/provider.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/backoff.h"
#include "base/invariant.h"

namespace credentials {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// After a rejection: Huawei Cloud locks an access key after more than five in a row.
constexpr base::Backoff::Policy kAfterRejection{minutes(1), minutes(15)};
/// After a source did not answer.
constexpr base::Backoff::Policy kAfterOutage{seconds(5), minutes(2)};
/// Credentials are renewed when a quarter of their lifetime is left, but not earlier than this before they expire. SDKs
/// renew those of the instance metadata at the same time.
constexpr base::Duration kLongestMargin = minutes(40);
/// A request that is sent now must arrive before they expire.
constexpr base::Duration kShortestMargin = minutes(1);

Failure stopping() {
  return {Failure::Code::kUnavailable, "not sent: the operator is stopping"};
}

}  // namespace

Provider::Provider(std::unique_ptr<Source> source, os::Clock& clock) : clock_(clock), source_(std::move(source)) {}

Result<Provider::Pass> Provider::pass(std::stop_token stop) {
  while (true) {
    {
      const os::MutexLock lock(mutex_);
      if (stop.stop_requested()) return base::Err(stopping());
      if (!should_fetch()) {
        if (auto picked = pick()) return Pass(*this, std::move(picked));
        if (!awaits_another()) return base::Err(failure());
        condition_.wait(mutex_, stop, [this, seen = version_]() REQUIRES(mutex_) { return version_ != seen; });
        continue;
      }
      fetching_ = true;
    }
    fetch(stop);
  }
}

Result<void> Provider::prepare(std::stop_token stop) {
  {
    const os::MutexLock lock(mutex_);
    if (!should_fetch()) {
      if (hopeless()) return base::Err(failure());
      return {};
    }
    fetching_ = true;
  }
  fetch(stop);
  const os::MutexLock lock(mutex_);
  if (hopeless()) return base::Err(failure());
  return {};
}

/// There is nothing to send with, and nobody is about to change that.
bool Provider::hopeless() const {
  const bool on_trial = current_.shared != nullptr && on_trial_ == current_.shared;
  const bool can_try = usable(current_) && (current_.proven || on_trial || clock_.boot_now() >= next_try_);
  return !can_try && !usable(former_) && !fetching_;
}

/// Fetches with the mutex released, so that others can go on with what there is.
void Provider::fetch(std::stop_token stop) {
  std::shared_ptr<Source> source;
  {
    const os::MutexLock lock(mutex_);
    source = source_;
  }
  auto fetched = source->fetch(stop);

  const os::MutexLock lock(mutex_);
  fetching_ = false;
  changed();
  if (source != source_) return;  // replaced meanwhile
  if (!fetched) {
    if (!stop.stop_requested()) failed(std::move(fetched).error());
    return;
  }
  if (current_.proven && usable(current_)) former_ = std::move(current_);
  current_ = {std::make_shared<const cloud::Credentials>(std::move(*fetched)), clock_.system_now(), false};
}

bool Provider::usable(const Held& held) const {
  return held.shared != nullptr &&
         (!held.shared->expires || clock_.system_now() + kShortestMargin < *held.shared->expires);
}

bool Provider::due_for_renewal(const Held& held) const {
  if (!held.shared->expires || !source_->renews()) return false;
  const base::Duration lifetime = *held.shared->expires - held.fetched;
  const base::Duration margin = std::clamp(lifetime / 4, kShortestMargin, kLongestMargin);
  return clock_.system_now() + margin >= *held.shared->expires;
}

bool Provider::should_fetch() const {
  if (fetching_ || clock_.boot_now() < next_try_) return false;
  return current_.shared == nullptr || due_for_renewal(current_);
}

/// The credentials for the next request; null if there are none.
std::shared_ptr<const cloud::Credentials> Provider::pick() {
  if (usable(current_)) {
    if (current_.proven) return current_.shared;
    if (on_trial_ != current_.shared && clock_.boot_now() >= next_try_) return on_trial_ = current_.shared;
  }
  return usable(former_) ? former_.shared : nullptr;
}

bool Provider::awaits_another() const {
  return fetching_ || (current_.shared != nullptr && on_trial_ == current_.shared);
}

Failure Provider::failure() const {
  Failure failure = failure_.value_or(
      Failure{Failure::Code::kUnavailable, "the credentials have expired, and there are no new ones yet"});
  const base::Duration pause = next_try_ - clock_.boot_now();
  if (pause > base::Duration::zero()) failure.retry_after = pause;
  return failure;
}

void Provider::failed(Failure failure) {
  const bool outage = failure.code == Failure::Code::kUnavailable || failure.code == Failure::Code::kAbsent;
  const base::Duration pause = base::backoff_delay(outage ? kAfterOutage : kAfterRejection, ++failures_);
  next_try_ = clock_.boot_now() + std::max(pause, failure.retry_after.value_or(base::Duration::zero()));
  failure_ = std::move(failure);
}

void Provider::changed() {
  ++version_;
  condition_.notify_all();
}

void Provider::replace(std::unique_ptr<Source> source) {
  const os::MutexLock lock(mutex_);
  source_ = std::move(source);
  if (current_.proven && usable(current_)) former_ = std::move(current_);
  current_ = {};
  failure_.reset();
  failures_ = 0;
  next_try_ = {};
  changed();
}

void Provider::retry() {
  const os::MutexLock lock(mutex_);
  next_try_ = {};
  changed();
}

Provider::State Provider::state() const {
  const os::MutexLock lock(mutex_);
  const bool in_use = usable(current_) && (current_.proven || !usable(former_));
  const Held& held = in_use ? current_ : former_;
  State state;
  if (usable(held)) {
    state.origin = held.shared->origin;
    state.expires = held.shared->expires;
    state.fetched = held.fetched;
  }
  if (failure_) state.failure = failure();
  state.former_in_use = !in_use && usable(former_);
  return state;
}

Provider::Pass::~Pass() {
  if (provider_ == nullptr) return;
  const os::MutexLock lock(provider_->mutex_);
  if (provider_->on_trial_ != shared_) return;
  provider_->on_trial_ = nullptr;
  provider_->changed();
}

bool Provider::Pass::on_trial() const {
  const Provider& p = base::must(provider_, "a pass is used after it was moved");
  const os::MutexLock lock(p.mutex_);
  return p.on_trial_ == shared_;
}

void Provider::Pass::accepted() {
  Provider& p = base::must(provider_, "a pass is used after it was moved");
  const os::MutexLock lock(p.mutex_);
  if (shared_ != p.current_.shared || p.current_.proven) return;
  p.current_.proven = true;
  p.former_ = {};
  p.failure_.reset();
  p.failures_ = 0;
  p.next_try_ = {};
  p.changed();
}

bool Provider::Pass::rejected(const std::string& message) {
  Provider& p = base::must(provider_, "a pass is used after it was moved");
  const os::MutexLock lock(p.mutex_);
  if (shared_ == p.former_.shared) {
    p.former_ = {};
  } else if (shared_ == p.current_.shared && (p.current_.proven || p.on_trial_ == shared_)) {
    // Of several requests at once, the first that is rejected counts.
    p.current_.proven = false;
    p.failed({Failure::Code::kRejected, message});
    if (p.source_->renews()) {
      p.current_ = {};
      if (p.failures_ == 1) p.next_try_ = {};  // revoked, perhaps: others can be fetched at once
    }
  }
  p.changed();
  if (p.usable(p.former_)) return true;
  return p.current_.shared == nullptr ? p.clock_.boot_now() >= p.next_try_
                                      : p.current_.proven && p.current_.shared != shared_;
}

}  // namespace credentials
