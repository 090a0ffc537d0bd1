#include "simulator/iam_call.h"

#include <array>

namespace simulator {
namespace {

struct Row {
  IamCall call;
  std::string_view name;
  std::string_view method;
  std::string_view path;
};

constexpr std::array<Row, kIamCalls> kTable = {{
    {IamCall::kToken, "iam_token", "POST", "/v3/auth/tokens"},
    {IamCall::kProjects, "iam_projects", "GET", "/v3/projects"},
    {IamCall::kIdToken, "iam_id_token", "POST", "/v3.0/OS-AUTH/id-token/tokens"},
    {IamCall::kSecurityToken, "iam_security_token", "POST", "/v3.0/OS-CREDENTIAL/securitytokens"},
    {IamCall::kAssumeWithOidc, "sts_assume_with_oidc", "POST", "/v5/agencies/assume-with-oidc"},
    {IamCall::kPodIdentity, "pod_identity", "POST", "/v1/pod-identity/credentials"},
    {IamCall::kMetadataSession, "metadata_session", "PUT", "/meta-data/latest/api/token"},
    {IamCall::kMetadataKey, "metadata_key", "GET", "/openstack/latest/securitykey"},
}};

}  // namespace

std::string_view name_of(IamCall call) {
  for (const Row& r : kTable) {
    if (r.call == call) return r.name;
  }
  return {};
}

std::optional<IamCall> iam_call_named(std::string_view name) {
  for (const Row& r : kTable) {
    if (r.name == name) return r.call;
  }
  return std::nullopt;
}

std::optional<IamCall> iam_route(std::string_view method, std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  for (const Row& r : kTable) {
    if (r.method == method && r.path == path) return r.call;
  }
  return std::nullopt;
}

}  // namespace simulator
