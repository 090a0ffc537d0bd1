#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "server/message.h"
#include "simulator/authenticator.h"
#include "simulator/behaviour.h"
#include "simulator/iam_behaviour.h"
#include "simulator/iam_call.h"
#include "simulator/refusal.h"

namespace simulator {

/// What IAM knows.
struct IamSettings {
  struct User {
    std::string domain;
    std::string name;  ///< empty: there is no user
    base::Secret password;
  };
  struct Project {
    std::string name;
    std::string id;
  };
  User user;
  std::vector<Project> projects;
  /// Files with the id tokens and the pod token to accept. Read again for each request, so that they can be replaced.
  std::vector<std::string> oidc_token_files;
  std::string pod_token_file;
};

/// What one call needs.
struct IamContext {
  const IamSettings& settings;
  const IamBehaviour& behaviour;
  /// Of the platform: its rules for signatures apply to IAM too.
  const Behaviour& platform;
  Authenticator& authenticator;
  base::SystemTime now;
};

/// Executes a call. An error without a code is spelled in the way of the service.
base::Result<server::Response, ErrorAnswer> perform(IamCall call, const server::Request& request,
                                                    const IamContext& context);

}  // namespace simulator
