#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/time.h"
#include "cloud/credentials.h"
#include "credentials/failure.h"
#include "credentials/source.h"
#include "os/clock.h"
#include "os/mutex.h"

namespace credentials {

/// The credentials of one source, for all instances that use it: fetched once for all who wait, and renewed before they
/// expire.
///
/// Huawei Cloud locks an access key after more than five rejected requests in a row. So credentials must be proven:
/// until the platform has accepted them, only one request at a time is sent with them, and after a rejection none for
/// one minute, then two, four … up to fifteen. If they replace proven credentials, the other requests go on with those.
///
/// Thread-safe; no lock is held during a call.
class Provider {
 public:
  Provider(std::unique_ptr<Source> source, os::Clock& clock);
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  /// The permission to send a request with these credentials. The holder reports whether the platform accepted them;
  /// without a report (no response) nothing is learned. Must not outlive the provider.
  class Pass {
   public:
    Pass(Pass&& other) noexcept
        : provider_(std::exchange(other.provider_, nullptr)), shared_(std::move(other.shared_)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass();

    const cloud::Credentials& credentials() const { return *shared_; }
    const std::shared_ptr<const cloud::Credentials>& shared() const { return shared_; }
    /// The platform has not accepted these credentials yet, and this is the only request with them.
    bool on_trial() const;
    void accepted();
    /// `message` is for users. Returns true if a new pass can be had at once, with other credentials.
    bool rejected(const std::string& message);

   private:
    friend class Provider;
    Pass(Provider& provider, std::shared_ptr<const cloud::Credentials> shared)
        : provider_(&provider), shared_(std::move(shared)) {}
    Provider* provider_;
    std::shared_ptr<const cloud::Credentials> shared_;
  };

  /// Fetches the credentials if necessary. Waits while another caller fetches or proves them, if there are no others to
  /// use meanwhile.
  Result<Pass> pass(std::stop_token stop);
  /// Fetches the credentials if necessary, without using them. A failure means that pass() would fail, too.
  Result<void> prepare(std::stop_token stop);

  /// Takes credentials from another source from now on, and ends all pauses. The proven credentials of the former
  /// source stay in use until those of the new one are proven.
  void replace(std::unique_ptr<Source> source);

  /// Ends a pause: what caused the rejection can be corrected outside the credentials, for example the signing.
  void retry();

  /// For the condition of an instance.
  struct State {
    std::string origin;                       ///< of the credentials in use; empty if there are none
    std::optional<base::SystemTime> expires;  ///< when they expire; none: not known, or there are none
    base::SystemTime fetched{};               ///< when they were fetched
    std::optional<Failure> failure;           ///< why those of the current source cannot be used or renewed
    bool former_in_use = false;               ///< until those of the current source are proven
  };
  State state() const;

 private:
  /// Credentials and what is known about them.
  struct Held {
    std::shared_ptr<const cloud::Credentials> shared;
    base::SystemTime fetched{};
    bool proven = false;
  };
  bool usable(const Held& held) const REQUIRES(mutex_);
  bool due_for_renewal(const Held& held) const REQUIRES(mutex_);
  bool should_fetch() const REQUIRES(mutex_);
  std::shared_ptr<const cloud::Credentials> pick() REQUIRES(mutex_);
  bool awaits_another() const REQUIRES(mutex_);
  Failure failure() const REQUIRES(mutex_);
  bool hopeless() const REQUIRES(mutex_);
  void fetch(std::stop_token stop) EXCLUDES(mutex_);
  void failed(Failure failure) REQUIRES(mutex_);
  void changed() REQUIRES(mutex_);

  os::Clock& clock_;
  mutable os::Mutex mutex_;
  os::ConditionVariable condition_;
  std::uint64_t version_ GUARDED_BY(mutex_) = 0;
  std::shared_ptr<Source> source_ GUARDED_BY(mutex_);
  Held current_ GUARDED_BY(mutex_);
  Held former_ GUARDED_BY(mutex_);  ///< proven, and still to be used until current_ is proven
  bool fetching_ GUARDED_BY(mutex_) = false;
  /// The credentials that a request is proving.
  std::shared_ptr<const cloud::Credentials> on_trial_ GUARDED_BY(mutex_);
  std::optional<Failure> failure_ GUARDED_BY(mutex_);  ///< of the last fetch, or the last rejection
  int failures_ GUARDED_BY(mutex_) = 0;                ///< in a row
  base::BootTime next_try_ GUARDED_BY(mutex_){};       ///< neither a fetch nor a trial before
};

}  // namespace credentials
