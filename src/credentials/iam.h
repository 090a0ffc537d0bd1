#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "cloud/credentials.h"
#include "credentials/failure.h"
#include "credentials/ports.h"

// Calls of IAM and STS. Source: API reference of Identity and Access Management.
namespace credentials {

/// A user of IAM.
struct Password {
  std::string domain;  ///< name of the account
  std::string username;
  base::Secret password;
};

/// POST /v3/auth/tokens. The token is for one project: the one with this id, or that of the region if it is empty.
Result<cloud::Credentials> token_of_password(const Ports& ports, const Iam& iam, const Password& password,
                                             const std::string& project_id, std::stop_token stop);

/// An OIDC token of an identity provider for a temporary access key, with the identity providers of old accounts: POST
/// /v3.0/OS-AUTH/id-token/tokens, then POST /v3.0/OS-CREDENTIAL/securitytokens.
Result<cloud::Credentials> key_of_identity_provider(const Ports& ports, const Iam& iam, const std::string& idp_id,
                                                    std::string_view id_token, std::stop_token stop);

/// The same with a trust agency: POST /v5/agencies/assume-with-oidc of STS.
struct TrustAgency {
  std::string provider_urn;
  std::string agency_urn;
};
Result<cloud::Credentials> key_of_trust_agency(const Ports& ports, const Iam& iam, const TrustAgency& agency,
                                               std::string_view id_token, std::stop_token stop);

/// The id of the project of the region: GET /v3/projects?name={region}. None or several: kAmbiguous.
Result<std::string> project_of_region(const Ports& ports, const Iam& iam,
                                      const std::shared_ptr<const cloud::Credentials>& credentials,
                                      std::stop_token stop);

}  // namespace credentials
