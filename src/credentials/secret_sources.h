#pragma once

#include <memory>
#include <string>

#include "credentials/access_key.h"
#include "credentials/iam.h"
#include "credentials/ports.h"
#include "credentials/source.h"

// Credentials that a Secret holds.
namespace credentials {

/// A permanent or temporary access key.
std::unique_ptr<Source> make_access_key_source(AccessKeyText text);

/// Tokens of a user of IAM. `project_id` is empty for the project of the region.
struct PasswordText {
  std::string origin;
  Text domain;
  Text username;
  Text password;
};
std::unique_ptr<Source> make_token_source(const Ports& ports, const Iam& iam, std::string project_id,
                                          PasswordText text);

}  // namespace credentials
