#include "planner/action.h"

namespace planner {
namespace {

std::string joined(const std::vector<Uid>& uids) {
  std::string text;
  for (const Uid& uid : uids) text += " " + uid.str();
  return text;
}

struct KeyOf {
  std::string operator()(std::monostate /*nothing*/) const { return ""; }
  std::string operator()(const ReadSecrets& a) const { return "ReadSecrets" + joined(a.uids); }
  std::string operator()(const SetCertificateFinalizer& a) const {
    return (a.present ? "AddFinalizer " : "RemoveFinalizer ") + a.uid.str();
  }
  std::string operator()(const SetInstanceFinalizer& a) const {
    return a.present ? "AddInstanceFinalizer" : "RemoveInstanceFinalizer";
  }
  /// New reservations have new attempts each time, so they are identified by their owners.
  std::string operator()(const WriteLedger& a) const {
    std::string key = "WriteLedger";
    for (const Slot& slot : a.ledger) {
      key += " " + slot.owner_uid.str() + "=" + std::string(to_string(slot.state));
    }
    for (const Domain& domain : a.domains) key += " " + domain.name + "=" + std::string(to_string(domain.state));
    return key;
  }
  std::string operator()(const TakeInventory& /*a*/) const { return "TakeInventory"; }
  std::string operator()(const Upload& a) const { return "Upload " + a.uid.str(); }
  std::string operator()(const BeginDelete& a) const { return "BeginDelete " + a.attempt.str(); }
  std::string operator()(const Delete& a) const { return "Delete " + a.attempt.str(); }
  std::string operator()(const Serve& a) const { return "Serve " + a.uid.str() + " " + a.attempt.str(); }
  std::string operator()(const RemoveDomain& a) const { return "RemoveDomain " + a.name; }
};

}  // namespace

std::string key_of(const Action& action) {
  return std::visit(KeyOf(), action);
}

}  // namespace planner
