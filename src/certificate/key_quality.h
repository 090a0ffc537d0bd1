#pragma once

#include "certificate/evidence.h"

namespace certificate {

/// What is wrong with a key as such: RSA below 2,048 bits, which TLS stacks refuse; empty if nothing is.
std::string weakness_of(const EVP_PKEY* key);

/// An EC key that spells its curve out instead of naming it.
bool has_explicit_curve(const EVP_PKEY* key);

/// KeyMismatch: the private key is of no certificate in the bundle, or of a CA there.
void check_match(const Evidence& evidence, Findings& findings);

/// InvalidPrivateKey: a key of the certificate by its public part, but damaged.
void check_key_works(const Evidence& evidence, Findings& findings);

/// InvalidPrivateKey for a weak key, a type that TLS cannot use and a curve that is spelled out; the warning UnusualKey
/// for a type that few devices know. Where the private key cannot be read, the public key in the leaf is judged.
void check_key_quality(const Evidence& evidence, Findings& findings);

}  // namespace certificate
