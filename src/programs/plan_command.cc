#include "plan_command.h"

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/time_format.h"
#include "forecast/forecast.h"
#include "http/cpprest_transport.h"
#include "os/clock.h"
#include "saved_objects.h"

namespace programs {
namespace {

/// What the status says about the Secret: the chain that is to be uploaded, otherwise the one on the platform.
planner::SecretView recorded(const resources::ServerCertificate& object) {
  const resources::ServerCertificateStatus& status = object.status;
  planner::SecretView view;
  view.current = true;
  view.recorded = true;
  view.versions = status.observed_secrets;
  const meta::Condition* ready = meta::find(status.conditions, meta::kReady);
  const resources::ReasonRow* row = ready == nullptr ? nullptr : resources::find_reason(ready->reason);
  if (row != nullptr && row->about_content) view.problem = resources::Problem{row->reason, ready->message};
  const bool pending = !status.pending_fingerprint.empty();
  const auto expiry = base::parse_rfc3339(pending ? status.pending_expiry : status.expiry_date);
  const resources::Fingerprint& fingerprint = pending ? status.pending_fingerprint : status.fingerprint;
  if (fingerprint.empty() || !expiry) {
    if (!view.problem) {
      view.problem = resources::Problem{resources::Reason::kSecretReadFailed,
                                        "the status does not say what is in the Secret, and it was not read"};
    }
    return view;
  }
  certificate::Facts facts;
  facts.fingerprint = fingerprint;
  facts.common_name = status.common_name;
  facts.not_before = base::parse_rfc3339(status.effective_date).value_or(object.meta.created);
  facts.not_after = *expiry;
  view.facts = std::move(facts);
  return view;
}

void print(const std::string& name, const forecast::Forecast& plan) {
  const std::size_t count = plan.actions.size();
  std::cout << name << ": " << count << (count == 1 ? " action" : " actions") << "\n";
  for (std::size_t i = 0; i < count; ++i)
    std::cout << "  " << i + 1 << ". " << base::printable(plan.actions[i]) << "\n";
  if (!plan.rests) std::cout << "  ... and more: the plan does not come to an end\n";
  for (const std::string& wait : plan.waits) std::cout << "waits: " << base::printable(wait) << "\n";
  for (const std::string& assumption : plan.assumptions)
    std::cout << "assumes: " << base::printable(assumption) << "\n";
}

int fail(const std::string& text) {
  std::cerr << base::printable(text) << "\n";
  return 2;
}

int plan_all(const PlanCommand& command, const overview::Objects& objects, const Cluster* cluster) {
  bool found = false;
  for (const resources::Instance& instance : objects.instances) {
    if (!command.instance.empty() && instance.name() != command.instance) continue;
    if (found) std::cout << "\n";
    found = true;
    std::vector<planner::CertificateView> certificates;
    for (const resources::ServerCertificate& object : objects.certificates) {
      if (object.instance != instance.name()) continue;
      planner::CertificateView view{std::make_shared<resources::ServerCertificate>(object), {}};
      const auto secret = cluster == nullptr ? std::nullopt : cluster->read_secrets(object);
      view.secret = secret ? *secret : recorded(object);
      if (cluster != nullptr) view.allowed = cluster->allows(instance, object.meta.name.ns);
      certificates.push_back(std::move(view));
    }
    print(instance.name(), forecast::forecast(std::make_shared<resources::Instance>(instance), std::move(certificates),
                                              os::RealClock().system_now()));
  }
  if (!found && !command.instance.empty()) return fail("IoTDAInstance " + command.instance + " does not exist");
  std::cout.flush();
  return std::cout ? 0 : 2;
}

}  // namespace

CLI::App* add_plan(CLI::App& app, PlanCommand& command) {
  CLI::App* plan = app.add_subcommand(
      "plan", "Show what the operator would do now, and why, without doing it. Reads the objects and their Secrets.");
  plan->footer("Exit code: 0, or 2 if the objects cannot be read.");
  plan->add_option("INSTANCE", command.instance, "name of an IoTDAInstance (default: all)");
  CLI::Option* offline = plan->add_option("--offline", command.offline,
                                          "files with objects as `kubectl get -o yaml` writes them, instead of the "
                                          "API server");
  plan->add_option("--kubeconfig", command.cluster.kubeconfig,
                   "path of a kubeconfig file (default: KUBECONFIG, ~/.kube/config, or that of the Pod)")
      ->excludes(offline);
  plan->add_option("--context", command.cluster.context, "context of the kubeconfig (default: the current one)")
      ->excludes(offline);
  return plan;
}

int run_plan(const PlanCommand& command) {
  if (!command.offline.empty()) {
    const auto objects = read_saved_objects(command.offline);
    return objects.ok() ? plan_all(command, *objects, nullptr) : fail(objects.error());
  }
  http::initialize_process();
  const auto cluster = Cluster::connect(command.cluster);
  if (!cluster.ok()) return fail(cluster.error());
  const auto objects = cluster->read("", false);
  if (!objects.ok()) return fail(objects.error());
  if (!objects->unread.empty()) return fail(objects->unread.front());
  return plan_all(command, *objects, &*cluster);
}

}  // namespace programs
