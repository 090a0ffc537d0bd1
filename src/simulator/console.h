#pragma once

#include <optional>

#include "pages/site.h"
#include "server/message.h"

namespace simulator {

/// The page of the simulator, at /. Its script uses the admin API of the same server. Thread-safe.
class Console {
 public:
  Console();

  /// Nothing if the request is not for a file of the page.
  std::optional<server::Response> handle(const server::Request& request) const { return site_.answer(request); }

 private:
  pages::Site site_;
};

}  // namespace simulator
