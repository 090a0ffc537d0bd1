#pragma once

#include <optional>
#include <string_view>

namespace simulator {

/// The calls of IAM and of the other services that issue credentials.
enum class IamCall {
  kToken,
  kProjects,
  kIdToken,
  kSecurityToken,
  kAssumeWithOidc,
  kPodIdentity,
  kMetadataSession,
  kMetadataKey,
};
inline constexpr int kIamCalls = static_cast<int>(IamCall::kMetadataKey) + 1;

/// The name in the admin API: "iam_token", "iam_projects", "sts_assume_with_oidc", "pod_identity", …
std::string_view name_of(IamCall call);
std::optional<IamCall> iam_call_named(std::string_view name);

/// Finds the call for a method and a raw request target. Nothing if there is no such call.
std::optional<IamCall> iam_route(std::string_view method, std::string_view target);

}  // namespace simulator
