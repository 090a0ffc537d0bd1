#include <algorithm>

#include "base/time_format.h"
#include "planner/assessment.h"
#include "planner/readiness.h"

namespace planner {
namespace {

class StatusBuilder {
 public:
  StatusBuilder(const Observation& o, const Findings& found, Wake& wake)
      : o_(o), ledger_(found.ledger), domains_(found.domains), wake_(wake) {}

  ServerCertificateStatus build(const CertificateView& view, const std::optional<Problem>& blocked,
                                const std::optional<Problem>& unserved) {
    const ServerCertificate& object = *view.object;
    ServerCertificateStatus status = object.status;
    if (object.meta.deleting && !object.meta.has_finalizer(kCertificateFinalizer)) return status;
    // The Secret will be read soon, so the status stays as it is until then.
    const auto later = o_.read_later.find(object.meta.uid);
    const bool soon = later != o_.read_later.end() && !later->second.costly;
    if (soon && !object.suspend && !object.meta.deleting && find(status.conditions, kReady) != nullptr) return status;

    const certificate::Facts* facts = wanted(view, o_.now);
    const Slot* held = facts != nullptr ? held_slot(ledger_, object.meta.uid, facts->fingerprint) : nullptr;
    const bool up_to_date = held != nullptr;
    if (held == nullptr) held = best_slot(o_, ledger_, object.meta.uid);
    describe_held(status, view, held);

    status.pending_fingerprint = facts != nullptr && !up_to_date ? facts->fingerprint : "";
    status.pending_expiry = facts != nullptr && !up_to_date ? base::to_rfc3339(facts->not_after) : "";
    status.observed_generation = object.meta.generation;
    if (const auto postponed = o_.postponed.find(object.meta.uid); postponed != o_.postponed.end()) {
      wake_.at(postponed->second);
    } else {
      status.last_handled_reconcile_at = object.reconcile_token;
    }
    if (view.secret.current && !object.suspend) {
      status.observed_secrets = view.secret.versions;
      status.validator_version = certificate::kValidatorVersion;
    }
    const Domain* domain = domain_of(object);
    status.domain_configuration_id = domain != nullptr ? domain->id : "";
    describe_rejection(status, !up_to_date ? view.refusal() : unserved ? view.binding_refusal() : nullptr);
    if (facts != nullptr) {
      wake_.at(facts->not_after + std::chrono::seconds(1));
      const base::SystemTime warning = facts->not_after - certificate::warning_time(*facts, o_.timing.expiry_warning);
      if (warning > o_.now) wake_.at(warning + std::chrono::seconds(1));
    }
    if (view.secret.facts && view.secret.facts->not_before > o_.now) wake_.at(view.secret.facts->not_before);

    set_conditions(status, object, readiness(view, blocked, unserved, held, up_to_date, status.expiry_date), held,
                   unserved.has_value());
    bound(status);
    return status;
  }

 private:
  void describe_held(ServerCertificateStatus& status, const CertificateView& view, const Slot* held) const {
    if (held == nullptr) {
      if (ledger_lost(o_)) return;  // the status is the only record that is left
      status.server_certificate_id = status.common_name = status.effective_date = status.expiry_date = {};
      status.owner = status.issuer = status.fingerprint = {};
      return;
    }
    if (status.server_certificate_id != held->id && !held->adopted) status.last_upload_time = held->since;
    const bool described = status.server_certificate_id == held->id && !status.expiry_date.empty();
    status.server_certificate_id = held->id;
    status.fingerprint = held->fingerprint;
    if (described) return;
    if (const auto known = o_.known.find(held->id); known != o_.known.end() && !known->second.expiry_date.empty()) {
      status.common_name = known->second.common_name;
      status.effective_date = known->second.effective_date;
      status.expiry_date = known->second.expiry_date;
      status.owner = known->second.owner;
      status.issuer = known->second.issuer;
    } else if (view.secret.facts && view.secret.facts->fingerprint == held->fingerprint) {
      // After a restart the response of the platform is not known. The certificate has the same values.
      const certificate::Facts& facts = *view.secret.facts;
      status.common_name = facts.common_name;
      status.effective_date = base::to_rfc3339(facts.not_before);
      status.expiry_date = base::to_rfc3339(facts.not_after);
      status.owner = facts.subject;
      status.issuer = facts.issuer;
    }
  }

  static void describe_rejection(ServerCertificateStatus& status, const Rejection* refusal) {
    status.last_error = refusal != nullptr ? std::optional(refusal->error) : std::nullopt;
    status.attempts = refusal != nullptr ? refusal->attempts : 0;
    status.next_attempt_time = refusal != nullptr ? base::to_rfc3339(refusal->next_attempt) : "";
  }

  const Domain* domain_of(const ServerCertificate& object) const {
    const Domain* entry = object.domain ? find_used_domain(domains_, object.domain->name) : nullptr;
    return entry != nullptr && entry->owner_uid == object.meta.uid ? entry : nullptr;
  }

  /// The domain of the object serves a certificate of the object, or the object has no domain.
  bool is_served(const ServerCertificate& object, bool troubled) const {
    if (!object.domain) return true;
    // Not listed yet, as after a restart: keep the previous state.
    if (!o_.domains) return !troubled && !object.status.domain_configuration_id.empty();
    const platform::DomainConfiguration* there = o_.domains->find(object.domain->name);
    if (there == nullptr || domain_of(object) == nullptr) return false;
    if (const Slot* served = find_id(ledger_, there->server_certificate_id)) {
      return served->owner_uid == object.meta.uid && served->state != SlotState::kDeleting;
    }
    // For devices, another certificate with the same chain is equivalent.
    const auto known = o_.known.find(there->server_certificate_id);
    const Slot* held = known == o_.known.end() || known->second.fingerprint.empty()
                           ? nullptr
                           : held_slot(ledger_, object.meta.uid, known->second.fingerprint);
    return held != nullptr && !o_.tombstones.contains(there->server_certificate_id);
  }

  Readiness readiness(const CertificateView& view, const std::optional<Problem>& blocked,
                      const std::optional<Problem>& unserved, const Slot* held, bool up_to_date,
                      const std::string& expiry) const {
    const ServerCertificate& object = *view.object;
    if (object.meta.deleting) return deleting(view);
    if (object.suspend) {
      const Condition* before = find(object.status.conditions, kReady);
      return {
          before != nullptr && before->status,
          "",
          {Reason::kSuspended, "spec.suspend is set; the operator changes nothing on the platform for this object"}};
    }
    if (!view.secret.current) {
      const auto trouble = o_.object_troubles.find({object.meta.uid, Effect::kRead});
      Problem unread{Reason::kProgressing, "the Secret has not been read yet"};
      if (const auto later = o_.read_later.find(object.meta.uid);
          later != o_.read_later.end() && later->second.costly) {
        unread.message =
            "decrypting the private keys of this namespace takes too long, so this Secret is read later; encrypt them "
            "with "
            "fewer iterations, or store them unencrypted";
      }
      if (trouble != o_.object_troubles.end()) unread = {Reason::kSecretReadFailed, trouble->second.message};
      return not_ready(std::move(unread), true);
    }
    if (auto problem = secret_problem(view, o_.now)) {
      return not_ready(std::move(*problem));
    }
    if (up_to_date && unserved) return not_ready(*unserved);
    if (up_to_date) {
      if (const Slot* old = leftover(object.meta.uid, held)) {
        if (o_.delete_troubles.contains(old->attempt)) {
          return {
              true,
              kStalled,
              {Reason::kOldCertificateBound, "the new certificate is on the platform as " + held->id +
                                                 "; cannot delete the old certificate " + old->id + trouble_of(*old)}};
        }
        return {true,
                kReconciling,
                {Reason::kRotating, "the new certificate is on the platform as " + held->id +
                                        "; deleting the old certificate " + old->id + trouble_of(*old)}};
      }
      const std::string until = expiry.empty() ? "" : ", valid until " + expiry;
      return {true, "", {Reason::kSucceeded, "on the platform as " + held->id + until}};
    }
    if (!blocked && !o_.resting.empty()) {
      return not_ready({Reason::kProgressing, "a step had no effect (" + o_.resting.begin()->first +
                                                  "); will retry; the log of the operator has the cause"},
                       true);
    }
    if (!blocked) return not_ready({Reason::kProgressing, "waiting for the upload of the certificate"}, true);
    const bool moving = !stalls(blocked->reason) || (blocked->reason == Reason::kQuotaExceeded && slot_coming_free());
    return not_ready(*blocked, moving);
  }

  Readiness deleting(const CertificateView& view) const {
    const ServerCertificate& object = *view.object;
    for (const Slot& slot : ledger_) {
      if (slot.owner_uid != object.meta.uid || slot.state == SlotState::kRetained) continue;
      if (object.suspend) {
        return not_ready({Reason::kSuspended,
                          "the deletion is on hold because spec.suspend is set; set it to false, or set "
                          "spec.deletionPolicy to Retain"},
                         true);
      }
      if (const auto trouble = o_.delete_troubles.find(slot.attempt); trouble != o_.delete_troubles.end()) {
        return not_ready({Reason::kDeletionBlocked, trouble->second.message});
      }
      if (auto problem = standstill(o_)) {
        return not_ready(
            {Reason::kDeleting, "the deletion is on hold: " + problem->message +
                                    "; to delete the object now and keep the certificate on the platform, set "
                                    "spec.deletionPolicy to Retain"},
            true);
      }
      if (slot.open()) {
        const bool stuck = o_.inventory_denied;
        return not_ready({stuck ? Reason::kUploadInDoubt : Reason::kDeleting,
                          "the deletion is on hold until it is known whether upload " + slot.attempt +
                              " reached the platform" + (stuck ? "; " + how_to_resolve(o_, slot.attempt) : "")},
                         !stuck);
      }
    }
    for (const Domain& domain : domains_) {
      if (domain.owner_uid != object.meta.uid || !domain.is_used()) continue;
      if (domain.state == DomainState::kRetained) continue;
      if (const auto trouble = o_.delete_troubles.find(domain.name); trouble != o_.delete_troubles.end()) {
        return not_ready({Reason::kDeletionBlocked, trouble->second.message});
      }
      if (o_.domains_problem) return not_ready({Reason::kDeletionBlocked, o_.domains_problem->message});
      if (o_.domain_doubts.contains(domain.name)) {
        return not_ready({Reason::kDeleting, "the deletion is on hold until it is known whether domain configuration " +
                                                 domain.name + " was created"},
                         true);
      }
    }
    const auto refused = o_.object_troubles.find({object.meta.uid, Effect::kFinalizer});
    if (refused != o_.object_troubles.end()) return not_ready({Reason::kDeletionBlocked, refused->second.message});
    if (ledger_lost(o_) && !object.retain) {
      return not_ready({Reason::kDeleting,
                        "the deletion is on hold until the ledger of IoTDAInstance " + o_.instance_name +
                            " is rebuilt; to delete the object now and keep a certificate that it may have on the "
                            "platform, set spec.deletionPolicy to Retain"},
                       true);
    }
    return not_ready({Reason::kDeleting, "deleting the certificate from the platform"}, true);
  }

  const Slot* leftover(const std::string& uid, const Slot* current) const {
    for (const Slot& slot : ledger_) {
      const bool counts = slot.held() || slot.state == SlotState::kDeleting;
      if (slot.owner_uid == uid && counts && &slot != current) return &slot;
    }
    return nullptr;
  }

  std::string trouble_of(const Slot& slot) const {
    const auto trouble = o_.delete_troubles.find(slot.attempt);
    return trouble == o_.delete_troubles.end() ? "" : ": " + trouble->second.message;
  }

  bool slot_coming_free() const {
    return std::any_of(ledger_.begin(), ledger_.end(), [&](const Slot& slot) { return comes_free(o_, slot); });
  }

  void set_conditions(ServerCertificateStatus& status, const ServerCertificate& object, const Readiness& r,
                      const Slot* held, bool troubled) {
    const auto expiry = base::parse_rfc3339(status.expiry_date);
    const bool unexpired = held != nullptr && (!expiry || o_.now < *expiry);
    if (held != nullptr && expiry && o_.now < *expiry) wake_.at(*expiry + std::chrono::seconds(1));
    struct {
      std::string reason, message;
    } available{"NotAdded", "no certificate of this object is on the platform"};
    const bool served = is_served(object, troubled);
    if (unexpired && !served) {
      available = {"NotBound", "domain " + object.domain->name + " does not serve " + held->id};
    } else if (unexpired) {
      available = {"Added", held->id + " is on the platform"};
    } else if (held != nullptr) {
      available = {"CertificateExpired", held->id + " on the platform expired " + status.expiry_date};
    }
    Conditions c;
    c.push_back({std::string(kAvailable),
                 unexpired && served,
                 available.reason,
                 available.message,
                 object.meta.generation,
                 {}});
    add(r, object.meta.generation, c);
    carry_transition_times(c, object.status.conditions, base::to_rfc3339(o_.now));
    status.conditions = std::move(c);
  }

  const Observation& o_;
  const Ledger& ledger_;
  const DomainLedger& domains_;
  Wake& wake_;
};

}  // namespace

std::vector<ServerCertificateStatus> certificate_statuses(const Observation& o, const Findings& found, Wake& wake) {
  StatusBuilder builder(o, found, wake);
  std::vector<ServerCertificateStatus> statuses;
  statuses.reserve(o.certificates.size());
  for (std::size_t i = 0; i < o.certificates.size(); ++i) {
    statuses.push_back(builder.build(o.certificates[i], found.blocked[i], found.unserved[i]));
  }
  return statuses;
}

ServerCertificateStatus status_without_instance(const Observation& o, const CertificateView& view) {
  const ServerCertificate& object = *view.object;
  ServerCertificateStatus status = object.status;
  status.observed_generation = object.meta.generation;
  const Problem why{Reason::kInstanceNotFound,
                    "IoTDAInstance " + object.instance +
                        " does not exist; create it, or correct spec.instanceRef.name in a new object"};
  const std::string reason(name_of(why.reason));
  status.conditions = {{std::string(kAvailable), false, reason, why.message, object.meta.generation, {}}};
  add(not_ready(why), object.meta.generation, status.conditions);
  carry_transition_times(status.conditions, object.status.conditions, base::to_rfc3339(o.now));
  bound(status);
  return status;
}

}  // namespace planner
