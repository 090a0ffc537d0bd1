#pragma once

#include <memory>

#include "http/transport.h"
#include "http/transport_options.h"
#include "os/clock.h"

namespace http {

/// Prepares the process: takes note of the system's trust roots (this changes SSL_CERT_FILE and SSL_CERT_DIR) and
/// starts the one network thread, which inherits the signal mask. First thing in main, before other threads; later
/// calls do nothing.
void initialize_process();

/// A Transport on cpprestsdk. Destroy it after its last call has returned and before main returns. Only the proxy in
/// `options` is used, not those of the environment. Errors: kInvalid if the PEM in `options` cannot be used, or if
/// there is a proxy for plain HTTP.
base::Result<std::unique_ptr<Transport>, Error> make_cpprest_transport(TransportOptions options, os::Clock& clock);

}  // namespace http
