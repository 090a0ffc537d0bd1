#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "http/transport.h"
#include "kube/api.h"
#include "kube/config.h"
#include "os/clock.h"

namespace kube {

/// Called after each request, on the thread that made it, with the status of the response, or 0 if there was none.
/// `retry_after` is the delay that the server requests; zero if it requests none.
using RequestObserver = std::function<void(std::string_view method, int status, base::Duration retry_after)>;

/// Api over HTTP. Watches use a separate transport, because all connections of a transport have the same timeouts. The
/// bearer token is read from its file again if it is older than a minute or after a 401. Moves the token out of
/// `config`, so that it is in memory once.
std::unique_ptr<Api> make_client(Config& config, http::Transport& calls, http::Transport& watches, os::Clock& clock,
                                 RequestObserver observer);

}  // namespace kube
