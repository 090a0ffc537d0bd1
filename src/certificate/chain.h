#pragma once

#include "certificate/evidence.h"

namespace certificate {

/// ChainInvalid: the certificates are not one chain from the leaf up, each signed by the next and fit to be a CA for
/// TLS servers, or one of the issuers has expired. CertificateNotYetValid for an issuer whose time has not come.
/// Warnings: SelfSigned, IssuerMissing, RootIncluded, RepeatedCertificate, OldCertificate, CrossSigned,
/// IntermediateExpiresFirst, AnyExtendedKeyUsage, DateForm, StrictProfile. Errors are the same with and without the
/// issuers, as far as they are about the certificate itself.
void check_chain(const Evidence& evidence, Findings& findings);

}  // namespace certificate
