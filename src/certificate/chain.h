#pragma once

#include "certificate/evidence.h"

namespace certificate {

/// ChainInvalid: the certificates are not one chain from the leaf up, each signed by the next and fit to be a CA, or
/// one of the issuers has expired. CertificateNotYetValid for an issuer whose time has not come. Warnings: SelfSigned,
/// IssuerMissing, RootIncluded, RepeatedCertificate, CrossSigned, IntermediateExpiresFirst.
void check_chain(const Evidence& evidence, Findings& findings);

}  // namespace certificate
