#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "http/transport.h"
#include "kube/api.h"
#include "kube/config.h"

namespace kube {

/// Called after each request, by the thread that made it, that got an answer (status) or none (0). `retry_after`: how
/// long the server wants to be left alone; zero if it does not say so.
using RequestObserver = std::function<void(std::string_view method, int status, base::Duration retry_after)>;

/// Api over HTTP. Watches get a transport of their own, because a transport's connections time out alike.
/// Decorates nothing: a bearer token is re-read from its file when it is older than a minute or after a 401.
/// Takes the token out of `config`, so that it is in memory once.
std::unique_ptr<Api> make_client(Config& config, http::Transport& calls, http::Transport& watches, base::Clock& clock,
                                 RequestObserver observer);

}  // namespace kube
