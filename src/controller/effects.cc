#include "controller/effects.h"

#include <variant>

#include "controller/delete_certificates.h"
#include "controller/read_due_secrets.h"
#include "controller/remove_domain.h"
#include "controller/send_upload.h"
#include "controller/serve_domain.h"
#include "controller/set_finalizers.h"
#include "controller/take_inventory.h"
#include "controller/write_ledger.h"

namespace controller {
namespace {

struct EffectOf {
  Round& r;

  Step operator()(std::monostate /*nothing*/) const { return Step::kDone; }
  Step operator()(const ReadSecrets& action) const { return read_due_secrets(r, action); }
  Step operator()(const SetCertificateFinalizer& action) const { return set_certificate_finalizer(r, action); }
  Step operator()(const SetInstanceFinalizer& action) const { return set_instance_finalizer(r, action); }
  Step operator()(const WriteLedger& action) const { return write_ledger(r, action); }
  Step operator()(const TakeInventory& /*action*/) const { return take_inventory(r); }
  Step operator()(const Upload& action) const { return send_upload(r, action); }
  Step operator()(const BeginDelete& action) const { return begin_delete(r, action); }
  Step operator()(const Delete& action) const { return delete_certificate(r, action); }
  Step operator()(const Serve& action) const { return serve_domain(r, action); }
  Step operator()(const RemoveDomain& action) const { return remove_domain(r, action); }
};

}  // namespace

Step carry_out(const Action& action, Round& r) {
  return std::visit(EffectOf{r}, action);
}

}  // namespace controller
