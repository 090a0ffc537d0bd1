#include "planner/plan.h"

#include <array>
#include <utility>

#include "planner/certificate_status.h"
#include "planner/delete_certificates.h"
#include "planner/draft.h"
#include "planner/finalizers.h"
#include "planner/hand_over_entries.h"
#include "planner/instance_status.h"
#include "planner/read_secrets.h"
#include "planner/rebuild_ledger.h"
#include "planner/remove_domains.h"
#include "planner/reserve_slots.h"
#include "planner/send_uploads.h"
#include "planner/serve_domains.h"
#include "planner/settle_uploads.h"
#include "planner/take_inventory.h"

namespace planner {
namespace {

/// In the order of urgency. A step returns an action or none. The first action is the plan.
constexpr std::array kSteps{
    settle_uploads,     //
    send_uploads,       //
    read_secrets,       //
    rebuild_ledger,     //
    hand_over_entries,  //
    add_finalizers,     //
    remove_domains,     //
    serve_domains,      //
    delete_certificates, remove_finalizers, take_inventory, reserve_slots,
};

Plan without_instance(Draft& d) {
  Plan plan;
  for (const CertificateView& view : d.o.certificates) {
    const meta::Metadata& meta = view.object->meta;
    // Without an instance there is no ledger, so the operator has nothing to delete from the platform.
    if (meta.deleting && meta.has_finalizer(kCertificateFinalizer) && !d.in_trouble(meta.uid, Effect::kFinalizer)) {
      Action action = d.offer(SetCertificateFinalizer{meta.uid, false});
      if (acts(action)) return {std::move(action), {}, {}, {}};
    }
    plan.certificates.push_back(status_without_instance(d.o, view));
  }
  for (const auto& [key, trouble] : d.o.object_troubles) d.wake.at(trouble.next_attempt);
  plan.next_visit = d.wake.time();
  return plan;
}

}  // namespace

Plan plan(const Observation& observation) {
  Draft d(observation);
  if (!observation.instance) return without_instance(d);
  for (const auto& step : kSteps) {
    if (Action action = step(d); acts(action)) return {std::move(action), {}, {}, {}};
    if (d.ledger_rests) break;
  }
  if (observation.gate) d.wake.at(observation.gate->until);
  if (observation.add_gate) d.wake.at(observation.add_gate->until);
  if (observation.credentials_retry) d.wake.at(*observation.credentials_retry);
  for (const auto& [key, trouble] : observation.object_troubles) d.wake.at(trouble.next_attempt);
  Plan plan;
  plan.certificates = certificate_statuses(observation, {d.ledger, d.domains, d.blocked, d.unserved}, d.wake);
  plan.instance = instance_status(observation, d.ledger, d.domains);
  plan.next_visit = d.wake.time();
  return plan;
}

Plan interim_plan(const Observation& observation) {
  Plan plan;
  if (!observation.instance) return plan;
  Draft d(observation);
  plan.certificates = certificate_statuses(observation, {d.ledger, d.domains, d.blocked, d.unserved}, d.wake);
  for (std::size_t i = 0; i < plan.certificates.size(); ++i) {
    const Condition* before = find(observation.certificates[i].object->status.conditions, kReady);
    const Condition* now = find(plan.certificates[i].conditions, kReady);
    const bool told = before == nullptr || (now != nullptr && now->status);
    if (!told) plan.certificates[i] = observation.certificates[i].object->status;
  }
  return plan;
}

}  // namespace planner
