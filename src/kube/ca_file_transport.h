#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "http/transport.h"

namespace kube {

/// Makes a transport that trusts these roots (PEM).
using TrustingTransport =
    std::function<base::Result<std::unique_ptr<http::Transport>, http::Error>(const std::string& ca_pem)>;

/// A transport that trusts what is in a file: the cluster's CA is replaced while the process runs. The file is read
/// again when it was read a minute ago, and when a server was not trusted; a call that ended there, with nothing sent,
/// is made once more if the file has changed. Connections that are open stay. A file that cannot be used leaves the
/// last one in use. `ca_pem` is what was read so far.
base::Result<std::unique_ptr<http::Transport>, http::Error> make_ca_file_transport(std::string file, std::string ca_pem,
                                                                                   base::Clock& clock,
                                                                                   TrustingTransport make);

}  // namespace kube
