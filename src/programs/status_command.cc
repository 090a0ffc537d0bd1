#include "status_command.h"

#include <chrono>
#include <iostream>
#include <map>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/text.h"
#include "base/time_format.h"
#include "http/cpprest_transport.h"
#include "os/clock.h"
#include "overview/overview.h"
#include "overview/text.h"
#include "terminal.h"

namespace programs {
namespace {

constexpr base::Duration kRedraw = std::chrono::seconds(2);

/// Keeps only the certificate with this name, and its instance; false if there is none.
bool select(overview::Overview& overview, const meta::ObjectName& name) {
  std::erase_if(overview.certificates, [&](const overview::Certificate& c) { return c.name != name; });
  if (overview.certificates.empty()) return false;
  const std::string& instance = overview.certificates.front().instance;
  std::erase_if(overview.instances, [&](const overview::Instance& i) { return i.name != instance; });
  std::erase_if(overview.needs, [&](const overview::Need& need) {
    return need.kind == "ServerCertificate" ? need.name != name : need.name.name != instance;
  });
  return true;
}

class Status {
 public:
  Status(const StatusCommand& command, const Cluster& cluster) : command_(command), cluster_(cluster) {
    if (!command.all_namespaces) ns_ = command.ns.empty() ? cluster.ns() : command.ns;
  }

  base::Result<overview::Overview, std::string> look() const {
    auto objects = cluster_.read(ns_, !command_.name.empty() || command_.output == "json");
    if (!objects.ok()) return base::Err(objects.error());
    overview::Overview overview = overview::make_overview(*objects, clock_.system_now());
    if (!command_.name.empty() && !select(overview, {ns_, command_.name})) {
      return base::Err("ServerCertificate " + ns_ + "/" + command_.name + " does not exist");
    }
    return overview;
  }

  int show_once() const {
    const auto overview = look();
    if (!overview.ok()) return fail(overview.error());
    std::cout << text_of(*overview);
    for (const std::string& unread : overview->unread) tell(unread);
    return overview->all_ready() ? StatusCommand::kAllReady : StatusCommand::kNotReady;
  }

  int watch() {
    auto overview = look();
    if (!overview.ok()) return fail(overview.error());
    while (true) {
      if (command_.output == "json") {
        print_if_changed(*overview);
      } else if (is_terminal()) {
        std::cout << "\x1b[H\x1b[J" << text_of(*overview);
      } else {
        print_changes(*overview);
      }
      std::cout.flush();
      if (!std::cout) return StatusCommand::kUnknown;
      clock_.sleep_for(kRedraw, std::stop_token());
      for (overview = look(); !overview.ok(); overview = look()) {
        tell(overview.error());
        clock_.sleep_for(kRedraw, std::stop_token());
      }
    }
  }

 private:
  std::string text_of(const overview::Overview& overview) const {
    if (command_.output == "json") return to_json(overview) + "\n";
    const overview::TextStyle style = terminal_style();
    return command_.name.empty() ? to_text(overview, style) : to_text(overview, overview.certificates.front(), style);
  }

  void print_if_changed(overview::Overview overview) {
    const std::string text = text_of(overview);
    overview.time = {};
    std::string key = to_json(overview);
    if (key == printed_) return;
    printed_ = std::move(key);
    std::cout << text;
  }

  /// One line for each object that is in another state, or has another reason, than when it was printed last.
  void print_changes(const overview::Overview& overview) {
    std::map<std::string, std::string> now;
    const auto add = [&](const std::string& what, const overview::Health& health) {
      now[what] = std::string(health.ready ? "Ready" : "NotReady") + " " + health.reason + ": " +
                  base::printable(health.message);
    };
    for (const auto& i : overview.instances) add("instance " + i.name, i.health);
    for (const auto& c : overview.certificates) add(c.name.to_string(), c.health);
    const std::string time = base::to_rfc3339(overview.time);
    for (const auto& [what, text] : now) {
      if (const auto before = lines_.find(what); before == lines_.end() || before->second != text) {
        std::cout << time << " " << what << " " << text << "\n";
      }
    }
    for (const auto& [what, text] : lines_) {
      if (!now.contains(what)) std::cout << time << " " << what << " deleted\n";
    }
    lines_ = std::move(now);
  }

  static void tell(const std::string& text) { std::cerr << base::printable(text) << "\n"; }
  static int fail(const std::string& text) {
    tell(text);
    return StatusCommand::kUnknown;
  }

  const StatusCommand& command_;
  const Cluster& cluster_;
  mutable os::RealClock clock_;
  std::string ns_;                            // empty: all
  std::string printed_;                       // of json
  std::map<std::string, std::string> lines_;  // printed, by object
};

}  // namespace

CLI::App* add_status(CLI::App& app, StatusCommand& command) {
  CLI::App* status = app.add_subcommand("status",
                                        "Show the instances with their slots, what waits and why; or, with NAME, what "
                                        "happens to one ServerCertificate and what to do.");
  status->footer("Exit code: 0 all objects are Ready, 1 an object is not Ready or needs a person, 2 cannot read them.");
  status->add_option("NAME", command.name, "name of a ServerCertificate");
  CLI::Option* ns = status->add_option("--namespace,-n", command.ns,
                                       "namespace of the ServerCertificates (default: that of the context)");
  status->add_flag("--all-namespaces,-A", command.all_namespaces, "show the ServerCertificates of all namespaces")
      ->excludes(ns)
      ->excludes(status->get_option("NAME"));
  status->add_option("--kubeconfig", command.cluster.kubeconfig,
                     "path of a kubeconfig file (default: KUBECONFIG, ~/.kube/config, or that of the Pod)");
  status->add_option("--context", command.cluster.context, "context of the kubeconfig (default: the current one)");
  status->add_option("--output,-o", command.output, "output format: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  status->add_flag("--watch,-w", command.watch,
                   "keep showing the status: redrawn on a terminal, otherwise only what changes");
  return status;
}

int run_status(const StatusCommand& command) {
  http::initialize_process();
  const auto cluster = Cluster::connect(command.cluster);
  if (!cluster.ok()) {
    std::cerr << base::printable(cluster.error()) << "\n";
    return StatusCommand::kUnknown;
  }
  Status status(command, *cluster);
  const int code = command.watch ? status.watch() : status.show_once();
  std::cout.flush();
  return std::cout ? code : StatusCommand::kUnknown;
}

}  // namespace programs
