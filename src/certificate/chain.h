#pragma once

#include <cstddef>

#include "certificate/evidence.h"

namespace certificate {

/// More certificates than any real chain has, and the most that TLS in Java takes.
inline constexpr std::size_t kMaxChainLength = 10;

/// ChainInvalid: the certificates are not one chain from the leaf up, each signed by the next and fit to be a CA, or
/// one of the issuers has expired. CertificateNotYetValid for an issuer whose time has not come. Warnings: SelfSigned,
/// IssuerMissing, RootIncluded, RepeatedCertificate, CrossSigned, IntermediateExpiresFirst.
void check_chain(const Evidence& evidence, Findings& findings);

}  // namespace certificate
