#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/backoff.h"
#include "controller/instance_memory.h"
#include "controller/platform_provider.h"
#include "controller/secret_reader.h"
#include "controller/store.h"
#include "controller/vocabulary.h"
#include "kube/api.h"
#include "kube/event.h"
#include "os/clock.h"
#include "runtime/leader_election.h"

namespace controller {

/// How an action ended. Whatever it did is in the store and the memory, where the next plan finds it.
enum class Step {
  kDone,    ///< plan again
  kFailed,  ///< the Kubernetes API failed: come back with backoff
};

/// Platform::show(), or nothing where its answer is still waited for at that time.
using Show = std::function<std::optional<iotda::Result<iotda::ServerCertificate>>(
    const std::shared_ptr<iotda::Platform>& platform, const std::string& id, base::BootTime until,
    std::stop_token stop)>;

/// Carries out the actions of one reconcile run for one instance.
class Executor {
 public:
  struct Ports {
    kube::Api& api;
    StoreInStep store;
    kube::EventSink& events;
    os::Clock& clock;
    const runtime::Leadership& leadership;
    const Show& show;
    const Inspect& inspect;
  };
  Executor(Ports ports, const Observation& observation, InstanceMemory& memory, SecretReadings& readings,
           const PlatformAccess& access, std::stop_token stop);

  Step operator()(std::monostate nothing);
  Step operator()(const ReadSecrets& action);
  Step operator()(const SetCertificateFinalizer& action);
  Step operator()(const SetInstanceFinalizer& action);
  Step operator()(const WriteLedger& action);
  Step operator()(const TakeInventory& action);
  Step operator()(const Upload& action);
  Step operator()(const BeginDelete& action);
  Step operator()(const Delete& action);
  Step operator()(const Serve& action);
  Step operator()(const RemoveDomain& action);

  /// Writes the statuses of a plan at rest, those that changed. One that fails keeps no other from being written. What
  /// takes too long is left for the next visit: statuses_left().
  Step write_statuses(const Plan& plan);
  bool statuses_left() const { return statuses_left_; }

  /// Why the action had no effect, if it knows.
  const std::string& cause() const { return cause_; }

 private:
  const ServerCertificate* certificate(const std::string& uid) const;
  const Slot* slot(const std::string& attempt) const;
  const SecretView* secret_view(const std::string& uid) const;

  /// The ledger that stands in the store: after a conflict it is not what was to be written.
  bool ledger_is(const Ledger& ledger, const DomainLedger& domains) const;
  Step write_instance(const InstanceStatus& status);
  Step write_certificate(const ServerCertificate& object, const ServerCertificateStatus& status);
  Step reload_instance();
  Step reload_certificate(const meta::Metadata& known);
  Step failed(const char* what, const kube::Error& error) const;
  Step object_failed(const ServerCertificate& object, Effect effect, const kube::Error& error);
  Step owner_failed(const kube::ObjectName& name, const std::string& uid, const kube::Error& error);
  void object_worked(const ServerCertificate& object, Effect effect);
  bool note_trouble(const std::string& uid, Effect effect, std::string message);
  bool may_write(const std::string& uid, std::size_t wanted, std::size_t there);
  void note_written(const std::string& uid, std::size_t wanted, std::size_t kept);
  void note_fight(const kube::Resource& resource, const meta::Metadata& meta, const char* kind);
  void report(const char* kind, const meta::Metadata& meta, bool warning, std::string_view reason,
              const std::string& note);
  void report_transition(const char* kind, const meta::Metadata& meta, const Condition* before, const Condition* now);

  std::vector<std::string> in_turn(const std::vector<std::string>& uids) const;
  void count_reading(const ServerCertificate& object, const std::vector<SecretVersion>& versions, base::Duration took);
  PlatformCertificate described(const iotda::ServerCertificate& there, const std::string& fingerprint) const;
  void deny_inventory();
  void note_undoing(base::BootTime found);
  kube::Result<SecretReading> read_now(const ServerCertificate& object);
  kube::Result<std::shared_ptr<const SecretReading>> reading_for_add(const ServerCertificate& object);
  Step add(const Slot& entry, const ServerCertificate& object);
  enum class Refused { kUpload, kBinding };
  void refused(Refused what, const ServerCertificate& object, const iotda::Error& error, Reason reason,
               const base::Backoff::Policy& pause, std::string id = {});
  void shut_gate(const iotda::Error& error);
  void shut(std::optional<Gate>& gate, const iotda::Error& error) const;
  void open_gate() { memory_.gate.reset(); }
  enum class Chain { kRead, kUnknown, kAwaited, kNotShown, kStop };
  Chain read_chain(const iotda::ServerCertificate& there, base::BootTime until, std::string& fingerprint);
  void count_misses(const Inventory& inventory);

  /// Of live reads: go on, plan again, or the API failed.
  enum class Verdict { kRelease, kKeep, kUnknown };
  Verdict live_verdict(const Slot& entry);
  Verdict superseded(const Slot& entry, const ServerCertificate& live);
  Verdict room_verdict(const Slot& entry, const MakeRoom& room);
  Verdict still_wants(const std::string& uid, const std::string& fingerprint);
  Verdict still_there(const std::string& uid);
  Verdict gives_up(const Domain& entry);
  Verdict unknown(const kube::ObjectName& name, const std::string& uid, const kube::Error& error);
  bool may_break(const Slot& entry) const;
  bool may_serve(const ServerCertificate& object, const Slot& entry, const std::string& configuration) const;
  /// False: something serves it, or that cannot be known; the trouble is noted.
  bool unbound(const Slot& entry);
  /// `key` is the attempt of a slot or the name of a domain.
  void deletion_failed(const std::string& key, std::string message);

  bool concerned_with_domains() const;
  bool list_domains();
  void drop_removed(DomainInventory& inventory) const;
  Step write_domains(const DomainLedger& domains);
  Step give_back(const Domain& entry, const DomainLedger& after);
  void note_repointed(const DomainInventory& now);
  void note_unbound(const DomainInventory& now);
  bool look_for_the_missing(const Inventory& inventory, base::BootTime until);
  void binding_failed(const ServerCertificate& object, const iotda::DomainConfiguration& wanted,
                      const iotda::Error& error, bool sent);

  void publish(const ServerCertificate& object, bool warning, std::string_view reason, const char* action,
               std::string note);
  void publish_warnings(const ServerCertificate& object, const std::vector<std::string>& warnings);
  void warn_of_expiry(const CertificateView& view);

  Ports ports_;
  const Observation& o_;
  InstanceMemory& memory_;
  SecretReadings& readings_;
  const PlatformAccess& access_;
  const std::stop_token stop_;
  std::string cause_;
  bool statuses_left_ = false;
};

}  // namespace controller
