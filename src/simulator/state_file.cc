#include "simulator/state_file.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "json/writer.h"
#include "os/log.h"
#include "simulator/certificate.h"

namespace simulator {
namespace {

constexpr auto kPause = std::chrono::milliseconds(500);

base::Result<void, std::string> write_file(const std::string& path, std::string_view text) {
  const std::string next = path + ".new";
  const auto failed = [&] { return base::Err(next + ": " + std::generic_category().message(errno)); };
  const int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    good = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  good = good && ::fsync(fd) == 0;
  good = ::close(fd) == 0 && good;
  if (!good || std::rename(next.c_str(), path.c_str()) != 0) return failed();
  return {};
}

DomainConfiguration read_configuration(json::Value value) {
  DomainConfiguration c;
  c.id = value["configuration_id"].string_or("");
  c.domain_name = value["domain_name"].string_or("");
  c.server_certificate_id = value["server_certificate_id"].string_or("");
  const json::Value config = value["server_certificate_config"];
  c.ocsp.stapling_enable = config["ocsp_stapling_enable"].boolean_or(false);
  c.ocsp.server_ca_id = config["ocsp_server_ca_id"].string_or("");
  c.ocsp.ssl_enable = config["ocsp_ssl_enable"].boolean_or(true);
  return c;
}

}  // namespace

std::string to_json(const Snapshot& snapshot) {
  json::Writer w;
  w.begin_object().key("instances").begin_array();
  for (const auto& [target, instance] : snapshot) {
    w.begin_object()
        .member("project_id", target.project_id)
        .member("instance_id", target.instance_id)
        .member("adds", instance.counters().adds)
        .member("deletes", instance.counters().deletes)
        .member("max_certificates", instance.counters().max_certificates)
        .key("certificates")
        .begin_array();
    for (const Held& held : instance.certificates()) {
      w.begin_object().member("id", held->id).member("certificate_pem", held->certificate.pem).end_object();
    }
    w.end_array().key("domain_configurations").begin_array();
    for (const DomainConfiguration& c : instance.configurations()) w.raw(to_json(c));
    w.end_array().end_object();
  }
  return w.end_array().end_object().take();
}

base::Result<Snapshot, std::string> parse_snapshot(std::string_view text, int quota) {
  const auto document = json::Document::parse(text);
  if (!document) return base::Err(document.error().message);
  const json::Value instances = (*document)["instances"];
  if (!instances.is_array()) return base::Err(std::string("there is no list of instances"));
  Snapshot snapshot;
  for (const json::Value item : instances.items()) {
    std::vector<Held> certificates;
    for (const json::Value c : item["certificates"].items()) {
      const std::string id = c["id"].string_or("");
      auto parsed = parse_certificate(c["certificate_pem"].string_or(""), base::SystemTime{});
      if (!parsed || !is_identifier(id)) return base::Err("certificate \"" + id + "\" cannot be read");
      certificates.push_back(
          std::make_shared<const HeldCertificate>(HeldCertificate{id, std::move(*parsed), base::BootTime{}}));
    }
    std::vector<DomainConfiguration> configurations;
    for (const json::Value c : item["domain_configurations"].items()) configurations.push_back(read_configuration(c));
    Instance instance(quota);
    const auto number = [&](const char* key) { return static_cast<int>(item[key].integer_or(0)); };
    instance.restore(std::move(certificates), std::move(configurations),
                     {number("adds"), number("deletes"), number("max_certificates")});
    snapshot.insert_or_assign(Target{item["project_id"].string_or(""), item["instance_id"].string_or("")},
                              std::move(instance));
  }
  return snapshot;
}

StateFile::StateFile(std::string path, Platform& platform, os::Clock& clock)
    : path_(std::move(path)), platform_(platform), clock_(clock) {}

base::Result<void, std::string> StateFile::load(int quota) {
  errno = 0;
  std::ifstream file(path_, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return {};
    return base::Err(path_ + ": " + std::generic_category().message(errno));
  }
  std::ostringstream text;
  text << file.rdbuf();
  auto snapshot = parse_snapshot(text.str(), quota);
  if (!snapshot) return base::Err(path_ + ": " + snapshot.error());
  platform_.restore(std::move(*snapshot));
  return {};
}

void StateFile::start() {
  writer_ = std::jthread([this](const std::stop_token& stop) {
    std::uint64_t written = 0;
    while (true) {
      const std::uint64_t version = platform_.wait_for_change(written, stop);
      if (version == written) return;  // stopped, and everything is written
      save();
      written = version;
      clock_.sleep_for(kPause, stop);
    }
  });
}

StateFile::~StateFile() = default;

void StateFile::save() {
  if (const auto saved = write_file(path_, to_json(platform_.snapshot())); !saved) {
    os::log::error("cannot write the state", {{"error", saved.error()}});
  }
}

}  // namespace simulator
