#include "forecast/forecast.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "base/time_format.h"
#include "forecast/assumed_world.h"
#include "meta/condition.h"
#include "planner/plan.h"

namespace forecast {
namespace {

using planner::CertificateId;
using planner::Slot;

constexpr int kMaxSteps = 1000;
/// How far ahead it looks: beyond the pause before a deletion.
constexpr base::Duration kHorizon = std::chrono::minutes(10);

std::string short_chain(const planner::Fingerprint& fingerprint) {
  return fingerprint.str().substr(0, 19);  // "sha256:" and twelve digits
}

class Forecaster {
 public:
  Forecaster(AssumedWorld& world, Forecast& forecast) : world_(world), forecast_(forecast), began_(o().now) {}

  void run() {
    const base::BootTime horizon = o().boot_now + kHorizon;
    for (int step = 0; step < kMaxSteps; ++step) {
      const planner::Plan plan = planner::plan(o());
      if (!plan.at_rest()) {
        std::visit([this](const auto& action) { describe(action); }, plan.action);
        world_.apply(plan.action);
        continue;
      }
      if (plan.next_visit && *plan.next_visit <= horizon) {
        world_.advance(*plan.next_visit - o().boot_now);
        continue;
      }
      forecast_.rests = true;
      describe_waits(plan);
      return;
    }
  }

 private:
  const planner::Observation& o() const { return world_.observation(); }
  const planner::Ledger& ledger() const { return *o().instance->status.slots; }

  const resources::ServerCertificate* object(const planner::Uid& uid) const {
    for (const planner::CertificateView& view : o().certificates) {
      if (view.object->meta.uid == uid) return view.object.get();
    }
    return nullptr;
  }

  /// New certificates get their id only when they are uploaded, so they are named after the action.
  std::string name_of(const CertificateId& id) const {
    const auto made = uploads_.find(id);
    return made == uploads_.end() ? id.str() : "(" + std::to_string(made->second) + ")";
  }

  void add(std::string text) {
    const base::Duration later = o().now - began_;
    if (later >= std::chrono::seconds(1)) {
      text += "; after " + base::to_string(std::chrono::floor<std::chrono::seconds>(later));
    }
    forecast_.actions.push_back(std::move(text));
  }

  void describe(const std::monostate& /*none*/) {}
  void describe(const planner::ReadSecrets& /*action*/) {}
  void describe(const planner::SetCertificateFinalizer& /*action*/) {}
  void describe(const planner::SetInstanceFinalizer& /*action*/) {}
  void describe(const planner::TakeInventory& /*action*/) {}

  void describe(const planner::WriteLedger& action) {
    for (const Slot& slot : action.ledger) {
      const Slot* before = o().instance->status.slots ? resources::find_attempt(ledger(), slot.attempt) : nullptr;
      const std::string owner = slot.owner.to_string();
      if (before == nullptr) {
        if (slot.held()) add("take over  " + name_of(slot.id) + " for " + owner + ", because it has the same chain");
      } else if (before->owner_uid != slot.owner_uid) {
        add("hand over  " + name_of(slot.id) + " from " + before->owner.to_string() + " to " + owner);
      } else if (slot.state == planner::SlotState::kRetained && before->state != slot.state) {
        add("retain     " + name_of(slot.id) + " of " + owner + ", because of spec.deletionPolicy");
      }
      if (before != nullptr && before->id.empty() && !slot.id.empty()) {
        if (const auto number = sent_.find(slot.attempt); number != sent_.end()) uploads_[slot.id] = number->second;
      }
    }
  }

  void describe(const planner::Upload& action) {
    const Slot* slot = resources::find_attempt(ledger(), action.attempt);
    const resources::ServerCertificate* owner = object(action.uid);
    if (slot == nullptr || owner == nullptr) return;
    const resources::ServerCertificateStatus& status = owner->status;
    const std::string why = status.server_certificate_id.empty() ? "no certificate of it is on the platform"
                            : status.fingerprint != slot->fingerprint
                                ? "its Secret has another chain than " + status.server_certificate_id.str()
                                : status.server_certificate_id.str() + " is no longer on the platform";
    add("upload     " + owner->meta.name.to_string() + ", chain " + short_chain(slot->fingerprint) + ", because " +
        why);
    sent_[action.attempt] = forecast_.actions.size();
  }

  void describe(const planner::BeginDelete& action) {
    if (action.room) rooms_[action.attempt] = action.room->uid;
  }

  void describe(const planner::Delete& action) {
    const Slot* slot = resources::find_attempt(ledger(), action.attempt);
    if (slot == nullptr) return;
    const resources::ServerCertificate* owner = object(slot->owner_uid);
    std::string why = "it is replaced";
    if (const auto room = rooms_.find(action.attempt); room != rooms_.end()) {
      const resources::ServerCertificate* rotating = object(room->second);
      why = "to free its slot for the renewal of " + (rotating == nullptr ? "?" : rotating->meta.name.to_string());
    } else if (owner == nullptr || owner->meta.deleting) {
      why = "the object is deleted";
    }
    add("delete     " + name_of(slot->id) + " of " + slot->owner.to_string() + ": " + why);
  }

  void describe(const planner::Serve& action) {
    const Slot* slot = resources::find_attempt(ledger(), action.attempt);
    const resources::ServerCertificate* owner = object(action.uid);
    if (slot == nullptr || owner == nullptr || !owner->domain) return;
    const CertificateId now = world_.served(owner->domain->name);
    add("bind       " + owner->domain->name + " to " + name_of(slot->id) +
        (now.empty() ? "" : ", instead of " + name_of(now)));
  }

  void describe(const planner::RemoveDomain& action) {
    add("unbind     " + action.name +
        (action.to_break ? ": its certificate must be deleted before the next one is uploaded"
                         : ": no object wants it any more"));
  }

  void describe_waits(const planner::Plan& plan) {
    for (std::size_t i = 0; i < plan.certificates.size(); ++i) {
      const meta::Condition* ready = meta::find(plan.certificates[i].conditions, planner::kReady);
      if (ready == nullptr || ready->status) continue;
      forecast_.waits.push_back(o().certificates[i].object->meta.name.to_string() + ": " + ready->reason + ": " +
                                ready->message);
    }
    if (!plan.instance) return;
    const meta::Condition* ready = meta::find(plan.instance->conditions, planner::kReady);
    if (ready == nullptr || ready->status) return;
    forecast_.waits.push_back("IoTDAInstance " + o().instance_name + ": " + ready->reason + ": " + ready->message);
  }

  AssumedWorld& world_;
  Forecast& forecast_;
  base::SystemTime began_;
  std::map<CertificateId, std::size_t> uploads_;    // number of the action that uploaded it
  std::map<planner::Attempt, std::size_t> sent_;    // number of the action
  std::map<planner::Attempt, planner::Uid> rooms_;  // for whose renewal it is deleted
};

}  // namespace

Forecast forecast(std::shared_ptr<const resources::Instance> instance,
                  std::vector<planner::CertificateView> certificates, base::SystemTime now) {
  Forecast result;
  result.assumptions.emplace_back(
      "the platform has what the statuses say, and accepts every request, also those that it rejected before");
  if (instance->status.foreign_count > 0) {
    result.assumptions.emplace_back("certificates that the operator does not manage have other chains");
  }
  const meta::Condition* ready = meta::find(instance->status.conditions, planner::kReady);
  if (ready != nullptr && !ready->status) {
    result.assumptions.push_back("IoTDAInstance " + instance->name() +
                                 " becomes ready; now it is not: " + ready->reason);
  }
  for (planner::CertificateView& view : certificates) {
    if (!view.secret.recorded) continue;
    result.assumptions.push_back("the Secret of " + view.object->meta.name.to_string() + " is as its status says");
    view.secret.recorded = false;
  }
  AssumedWorld world(std::move(instance), std::move(certificates), now);
  Forecaster(world, result).run();
  return result;
}

}  // namespace forecast
