#pragma once

#include "certificate/evidence.h"

namespace certificate {

/// ChainInvalid: the certificates are not one chain from the leaf up, in which each is signed by the next, which must
/// be a CA for TLS servers; or an issuer has expired. CertificateNotYetValid if an issuer is not valid yet. Warnings:
/// SelfSigned, IssuerMissing, RootIncluded, RepeatedCertificate, OldCertificate, CrossSigned, IntermediateExpiresFirst,
/// AnyExtendedKeyUsage, DateForm, StrictProfile. Errors about the certificate itself do not depend on whether the
/// issuers are in the bundle.
void check_chain(const Evidence& evidence, Findings& findings);

}  // namespace certificate
