#pragma once

#include <memory>
#include <utility>

#include "cloud/pace.h"
#include "credentials/provider.h"
#include "credentials/secret_sources.h"
#include "iotda/client.h"

namespace fuzz {

/// A client that has not seen a response: after one that rejects it, the next request would not be sent.
class FreshClient {
 public:
  FreshClient(iotda::Target target, http::Transport& transport, os::Clock& clock)
      : provider_(
            credentials::make_access_key_source({"the fuzzer",
                                                 {"accessKey", base::Secret::copy_of("ACCESSKEYOFTHEFUZZER")},
                                                 {"secretKey", base::Secret::copy_of("SecretKeyOfTheFuzzer0123456789")},
                                                 {"securityToken", base::Secret()}}),
            clock),
        pace_(clock),
        platform_(iotda::make_client(std::move(target), {provider_, pace_, transport, clock}, nullptr)) {}

  iotda::Platform* operator->() const { return platform_.get(); }

 private:
  credentials::Provider provider_;
  cloud::Pace pace_;
  std::unique_ptr<iotda::Platform> platform_;
};

}  // namespace fuzz
