#include "kube/config.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>
#include <yaml-cpp/yaml.h>

#include "base/base64.h"
#include "base/number.h"
#include "base/text.h"
#include "os/file.h"

namespace kube {
namespace {

template <class T>
using Outcome = base::Result<T, ConfigError>;

/// True for a value that is absent, null, "" or an empty list or map: tools write such entries for "not used".
bool is_blank(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return true;
  return node.IsScalar() ? node.Scalar().empty() : node.size() == 0;
}

std::string text(const YAML::Node& node, const std::string& key) {
  const YAML::Node value = node[key];
  return is_blank(value) ? std::string() : value.as<std::string>();
}

struct Unsupported {
  const char* key;
  const char* instead;
};
constexpr const char* kOtherCredentials =
    "use a client certificate, `token` or `tokenFile`, for example a token from `kubectl create token`";
constexpr std::array<Unsupported, 8> kUnsupportedUserKeys{{
    {"exec", kOtherCredentials},
    {"auth-provider", kOtherCredentials},
    {"username", kOtherCredentials},
    {"password", kOtherCredentials},
    {"as", "use the credentials of that user directly"},
    {"as-uid", "use the credentials of that user directly"},
    {"as-groups", "use the credentials of that user directly"},
    {"as-user-extra", "use the credentials of that user directly"},
}};

/// One kubeconfig file. Its methods may throw YAML::Exception.
class KubeconfigFile {
 public:
  KubeconfigFile(std::string path, const YAML::Node& root) : path_(std::move(path)), root_(root) {}

  bool is_kubeconfig() const { return root_.IsMap(); }
  const std::string& path() const { return path_; }
  std::string current_context() const { return text(root_, "current-context"); }

  /// The entry with that name in one of the three lists.
  std::optional<YAML::Node> entry(const char* list, const char* kind, const std::string& name) const {
    for (const YAML::Node& item : root_[list]) {
      if (text(item, "name") == name && item[kind].IsDefined()) return item[kind];
    }
    return std::nullopt;
  }

  std::vector<std::string> names(const char* list) const {
    std::vector<std::string> names;
    for (const YAML::Node& item : root_[list]) names.push_back(text(item, "name"));
    return names;
  }

  Outcome<void> read_cluster(const std::string& where, const YAML::Node& cluster, Config& config) const {
    const std::string server = text(cluster, "server");
    if (server.empty()) return fail(where + " has no server");
    const auto scheme = server.find("://");
    const auto slash = scheme == std::string::npos ? scheme : server.find('/', scheme + 3);
    const auto origin = http::parse_origin(server.substr(0, slash));
    if (!origin || server.find_first_of("?#") != std::string::npos) {
      return fail(where + ": server '" + server + "' is not a URL such as https://host:6443");
    }
    config.origin = *origin;
    if (slash != std::string::npos) config.base_path = server.substr(slash);
    while (config.base_path.ends_with('/')) config.base_path.pop_back();

    if (const std::string url = text(cluster, "proxy-url"); !url.empty()) {
      auto proxy = http::parse_proxy(url);
      if (!proxy) return fail(where + ": proxy-url: " + proxy.error());
      config.proxy = std::move(*proxy);
    }
    auto ca = material(where, cluster, "certificate-authority");
    if (!ca) return base::Err(ca.error());
    const YAML::Node insecure = cluster["insecure-skip-tls-verify"];
    config.tls.insecure = !is_blank(insecure) && insecure.as<bool>();
    if (config.tls.insecure && !ca->empty()) {
      return fail(where + ": certificate-authority and insecure-skip-tls-verify are mutually exclusive; remove one");
    }
    config.tls.ca_pem = ca->view();
    const std::string ca_file = text(cluster, "certificate-authority");
    if (!ca_file.empty() && text(cluster, "certificate-authority-data").empty()) config.ca_file = resolve(ca_file);
    config.tls.system_roots = ca->empty() && !config.tls.insecure;
    config.tls.server_name = text(cluster, "tls-server-name");
    return {};
  }

  Outcome<Config> read_user(const std::string& where, const YAML::Node& user, Config config) const {
    for (const auto& [key, instead] : kUnsupportedUserKeys) {
      if (!is_blank(user[key])) return fail(where + ": " + key + " is not supported; " + instead);
    }
    auto certificate = material(where, user, "client-certificate");
    if (!certificate) return base::Err(certificate.error());
    auto key = material(where, user, "client-key");
    if (!key) return base::Err(key.error());
    if (certificate->empty() != key->empty()) {
      return fail(where + ": client-certificate and client-key must be set together; " +
                  (key->empty() ? "client-key" : "client-certificate") + " is missing");
    }
    config.tls.client_certificate_pem = certificate->view();
    config.tls.client_key_pem = std::move(key).value();
    config.token = base::Secret(text(user, "token"));
    if (const std::string file = text(user, "tokenFile"); !file.empty()) config.token_file = resolve(file);
    return config;
  }

 private:
  base::Err<ConfigError> fail(const std::string& what) const {
    return base::Err(ConfigError{"kubeconfig " + path_ + ": " + what});
  }

  std::string resolve(const std::string& file) const {
    return (std::filesystem::path(path_).parent_path() / file).string();
  }

  /// The bytes of `key`-data, otherwise of the file that `key` names, otherwise nothing.
  Outcome<base::Secret> material(const std::string& where, const YAML::Node& node, const std::string& key) const {
    if (std::string encoded = text(node, key + "-data"); !encoded.empty()) {
      std::erase_if(encoded, [](char c) { return c == '\n' || c == '\r'; });
      auto decoded = base::base64_decode_secret(encoded);
      base::wipe(encoded);
      if (!decoded) return fail(where + ": " + key + "-data is not base64");
      return std::move(*decoded);
    }
    const std::string file = text(node, key);
    if (file.empty()) return base::Secret();
    auto content = os::read_file(resolve(file));
    if (!content) return fail(where + ": " + key + ": cannot read " + content.error());
    return std::move(content).value();
  }

  std::string path_;
  YAML::Node root_;
};

/// Several files as one: of what more than one has, that of the first counts, as for kubectl. May throw
/// YAML::Exception.
class Kubeconfig {
 public:
  explicit Kubeconfig(std::vector<KubeconfigFile> files) : files_(std::move(files)) {}

  Outcome<Config> read(const std::string& wanted_context) const {
    std::string name = wanted_context;
    for (const KubeconfigFile& file : files_) {
      if (!file.is_kubeconfig()) {
        return base::Err(ConfigError{"kubeconfig " + file.path() + ": is not a kubeconfig: it contains no mapping"});
      }
      if (name.empty()) name = file.current_context();
    }
    if (name.empty()) return fail("has no current-context; choose one of: " + names("contexts"));
    const auto context = find("contexts", "context", name);
    if (!context) return fail("has no context '" + name + "'; available: " + names("contexts"));

    Config config;
    config.ns = text(context->node, "namespace");
    const std::string cluster_name = text(context->node, "cluster");
    const auto cluster = find("clusters", "cluster", cluster_name);
    if (!cluster)
      return fail("context '" + name + "' refers to the cluster '" + cluster_name + "', which does not exist");
    const std::string where = "cluster '" + cluster_name + "'";
    if (const auto done = cluster->file->read_cluster(where, cluster->node, config); !done) {
      return base::Err(done.error());
    }

    const std::string user_name = text(context->node, "user");
    if (user_name.empty()) return config;
    const auto user = find("users", "user", user_name);
    if (!user) return fail("context '" + name + "' refers to the user '" + user_name + "', which does not exist");
    return user->file->read_user("user '" + user_name + "'", user->node, std::move(config));
  }

 private:
  struct Found {
    const KubeconfigFile* file;
    YAML::Node node;
  };

  std::optional<Found> find(const char* list, const char* kind, const std::string& name) const {
    for (const KubeconfigFile& file : files_) {
      if (const auto node = file.entry(list, kind, name)) return Found{&file, *node};
    }
    return std::nullopt;
  }

  std::string names(const char* list) const {
    std::string out;
    for (const KubeconfigFile& file : files_) {
      for (const std::string& name : file.names(list)) out += (out.empty() ? "" : ", ") + name;
    }
    return out.empty() ? "(none)" : out;
  }

  base::Err<ConfigError> fail(const std::string& what) const {
    std::string paths;
    for (const KubeconfigFile& file : files_) paths += (paths.empty() ? "" : ", ") + file.path();
    return base::Err(ConfigError{"kubeconfig " + paths + ": " + what});
  }

  std::vector<KubeconfigFile> files_;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): the environment is not changed while we run
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Outcome<Config> load_kubeconfig(const std::vector<std::string>& paths, const std::string& context) {
  std::vector<KubeconfigFile> files;
  std::string path;  // that the error is about
  try {
    for (const std::string& next : paths) {
      path = next;
      const auto content = os::read_file(path);
      if (!content) return base::Err(ConfigError{"cannot read the kubeconfig " + content.error()});
      files.emplace_back(path, YAML::Load(std::string(content->view())));
    }
    return Kubeconfig(std::move(files)).read(context);
  } catch (const YAML::Exception& e) {
    const std::string line = e.mark.is_null() ? "" : "line " + std::to_string(e.mark.line + 1) + ": ";
    return base::Err(ConfigError{"kubeconfig " + path + ": " + line + e.msg});
  }
}

Outcome<Config> load_kubeconfig(const std::string& path, const std::string& context) {
  return load_kubeconfig(std::vector{path}, context);
}

Outcome<Config> in_cluster_config(const std::string& directory) {
  Config config;
  std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return base::Err(ConfigError{
        "not running in a Pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set); set --kubeconfig"});
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  config.origin = {true, host, 0};
  config.origin.port = base::parse_integer<int>(port).value_or(0);
  if (config.origin.port < 1 || config.origin.port > 65535) {
    return base::Err(ConfigError{"KUBERNETES_SERVICE_PORT is not a port: '" + port + "'"});
  }

  const auto token = os::read_file(directory + "/token");
  if (!token) {
    return base::Err(ConfigError{"cannot read the ServiceAccount token " + token.error() +
                                 "; check that the Pod has automountServiceAccountToken: true"});
  }
  const auto ca = os::read_file(directory + "/ca.crt");
  if (!ca) return base::Err(ConfigError{"cannot read the CA of the cluster " + ca.error()});
  config.tls.ca_pem = ca->view();
  config.ca_file = directory + "/ca.crt";
  config.token_file = directory + "/token";
  if (const auto ns = os::read_file(directory + "/namespace")) config.ns = base::trim(ns->view());
  return config;
}

}  // namespace kube
