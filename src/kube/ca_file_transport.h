#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/transport.h"
#include "os/clock.h"

namespace kube {

/// Creates a transport that trusts these CA certificates (PEM).
using TrustingTransport =
    std::function<base::Result<std::unique_ptr<http::Transport>, http::Error>(const std::string& ca_pem)>;

/// A transport that trusts the CA certificates in a file: the CA of the cluster can be replaced while the process runs.
/// The file is read again after a minute, and when a server is not trusted; if the file has changed, a call that failed
/// for this reason, with nothing sent, is made once more. Open connections are kept. If the file cannot be used, the
/// previous content stays in use. `ca_pem` is the initial content.
base::Result<std::unique_ptr<http::Transport>, http::Error> make_ca_file_transport(std::string file, std::string ca_pem,
                                                                                   os::Clock& clock,
                                                                                   TrustingTransport make);

}  // namespace kube
