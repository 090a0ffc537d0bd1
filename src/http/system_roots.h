#pragma once

#include <openssl/x509.h>

namespace http {

/// Takes note of where this system keeps its trust roots (SSL_CERT_FILE, SSL_CERT_DIR or the usual places) and then
/// points OpenSSL's own default to an empty file: the HTTP library loads that default for each connection, which takes
/// 30 ms and is never used here. Changes the environment, so call it before there are other threads; later calls do
/// nothing.
void take_over_system_roots();

/// Adds the roots of the system to `store`. Where there is a directory with hashed names, a root is read only when a
/// chain needs it: that saves 140 parsed certificates. False if none were found.
bool add_system_roots(X509_STORE* store);

}  // namespace http
