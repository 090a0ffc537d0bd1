#include "credentials/pod_identity.h"

#include <chrono>
#include <utility>

#include "base/text.h"
#include "credentials/call.h"
#include "credentials/temporary_key.h"

namespace credentials {
namespace {

constexpr const char* kUri = "HC_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kTokenFile = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr base::Duration kDeadline = std::chrono::seconds(5);

bool stays_on_the_node(const http::Origin& origin) {
  return http::is_loopback(origin.host) || (http::is_ip_address(origin.host) && origin.host.starts_with("169.254."));
}

class PodIdentity final : public Source {
 public:
  explicit PodIdentity(const Ports& ports) : ports_(ports) {}

  Result<cloud::Credentials> fetch(std::stop_token stop) override {
    const auto uri = ports_.environment(kUri);
    const auto file = ports_.environment(kTokenFile);
    if (!uri && !file) return base::Err(Failure{Failure::Code::kAbsent, std::string(kUri) + " is not set"});
    if (!uri || !file) {
      return base::Err(Failure{Failure::Code::kInvalid, std::string(uri ? kTokenFile : kUri) + " is not set"});
    }
    const auto url = parse_url(*uri);
    if (!url || (!url->origin.tls && !stays_on_the_node(url->origin))) {
      return base::Err(Failure{Failure::Code::kInvalid,
                               std::string(kUri) + " must be a URL of https, or of http with an address of the node"});
    }
    const auto token = ports_.read_file(*file);
    if (!token) return base::Err(Failure{Failure::Code::kInvalid, "cannot read " + token.error()});
    Call key{Service::kPodIdentity, "CCE pod identity", url->origin, {.ca_pem = "", .direct = true}, {}};
    key.request.method = "POST";
    key.request.target = url->target;
    key.request.deadline = kDeadline;
    key.request.authorization = std::make_shared<const base::Secret>(base::Secret::copy_of(base::trim(token->view())));
    set_json(key.request, base::Secret::copy_of("{}"));
    auto response = call(ports_, key, std::move(stop));
    if (!response) return base::Err(std::move(response).error());
    return read_temporary_key(std::move(*response), key.what, key.what);
  }

  bool renews() const override { return true; }

 private:
  const Ports& ports_;
};

}  // namespace

std::unique_ptr<Source> make_pod_identity_source(const Ports& ports, const Iam& /*iam*/, const Oidc& /*oidc*/) {
  return std::make_unique<PodIdentity>(ports);
}

}  // namespace credentials
