#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/time.h"
#include "controller/instance_memory.h"
#include "controller/platform_provider.h"
#include "controller/secret_reader.h"
#include "controller/store.h"
#include "controller/vocabulary.h"
#include "iotda/platform.h"
#include "kube/api.h"
#include "kube/event.h"
#include "os/clock.h"
#include "runtime/leader_election.h"

// What the effects of one round of a reconcile work with.
namespace controller {

/// How an effect ended. What it changed is in the store and the memory, where the next plan finds it.
enum class Step {
  kDone,    ///< plan again
  kFailed,  ///< the Kubernetes API failed: retry with backoff
};

/// Platform::show(), or nothing if the response has not arrived at `until`.
using Show = std::function<std::optional<iotda::Result<iotda::ServerCertificate>>(
    const std::shared_ptr<iotda::Platform>& platform, const CertificateId& id, base::BootTime until,
    std::stop_token stop)>;

/// One round: an observation, the plan for it, and the effect of that plan. Used by one thread.
struct Round {
  kube::Api& api;
  StoreInStep store;
  kube::EventSink& events;
  os::Clock& clock;
  const runtime::Leadership& leadership;
  const Show& show;
  const Inspect& inspect;

  const Observation& o;
  InstanceMemory& memory;
  SecretReadings& readings;      ///< of all rounds of this reconcile
  const PlatformAccess& access;  ///< has a platform whenever the plan calls it
  std::stop_token stop;          ///< cancels requests in progress
  std::string cause{};           ///< why the effect changed nothing, if that is known; for the log

  /// As observed; null if it was not.
  const ServerCertificate* certificate(const Uid& uid) const;
  const SecretView* secret_view(const Uid& uid) const;
  const Slot* slot(const Attempt& attempt) const;
  /// A request that rests on what was checked at `checked` may be sent: this process leads, and the check is no older
  /// than the time to send. It is older where the machine stood still, or credentials took long to get.
  bool may_send(base::BootTime checked) const;
  /// The store has this ledger now. After a conflict it has another one than was to be written.
  bool ledger_is(const Ledger& ledger, const DomainLedger& domains) const;
};

}  // namespace controller
