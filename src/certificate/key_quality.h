#pragma once

#include "certificate/evidence.h"

namespace certificate {

/// What is wrong with a key as such: RSA below 2,048 bits, which TLS stacks reject; empty if nothing is wrong.
std::string weakness_of(const EVP_PKEY* key);

/// Whether an EC key has explicit curve parameters instead of a named curve.
bool has_explicit_curve(const EVP_PKEY* key);

/// KeyMismatch: the private key matches no certificate in the bundle, or it matches a CA certificate.
void check_match(const Evidence& evidence, Findings& findings);

/// InvalidPrivateKey: the public part matches the certificate, but the key is damaged.
void check_key_works(const Evidence& evidence, Findings& findings);

/// InvalidPrivateKey for a weak key, a type that TLS cannot use, and explicit curve parameters; the warning UnusualKey
/// for a type that few devices support. If the private key cannot be read, the public key in the leaf is checked.
void check_key_quality(const Evidence& evidence, Findings& findings);

}  // namespace certificate
