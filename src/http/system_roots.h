#pragma once

#include <openssl/x509.h>

namespace http {

/// Records where the CA certificates of this system are (SSL_CERT_FILE, SSL_CERT_DIR or the usual paths), and then sets
/// the default of OpenSSL to an empty file: the HTTP library loads that default for each connection, which takes 30 ms
/// and is never used here. Changes the environment, so call it before there are other threads; later calls have no
/// effect.
void take_over_system_roots();

/// Adds the CA certificates of the system to `store`. If there is a directory with hashed names, a certificate is read
/// only when a chain needs it, which avoids parsing 140 certificates. False if none were found.
bool add_system_roots(X509_STORE* store);

}  // namespace http
