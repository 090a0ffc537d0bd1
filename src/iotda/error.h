#pragma once

#include <string_view>

#include "base/time.h"
#include "cloud/pace.h"
#include "cloud/quote.h"
#include "credentials/failure.h"
#include "http/transport.h"
#include "iotda/client.h"
#include "iotda/platform.h"

namespace iotda {

enum class Call { kAdd, kList, kShow, kDelete, kListDomains, kCreateDomain, kUpdateDomain, kDeleteDomain };

/// The name of a call for the observer of calls: add, list, show, delete, list_domains, create_domain, update_domain,
/// delete_domain.
std::string_view name_of(Call call);

/// The request to the platform.
struct Asked {
  Call call = Call::kList;
  Signing signing = Signing::kDerived;
  base::SystemTime now;           ///< when the response arrived, to detect a wrong clock
  cloud::Confidences withheld{};  ///< what must not appear in a message
};

/// The error for a response other than 2xx. Pure. The message has at most 512 bytes; for known mistakes it has the
/// cause and the solution, and it quotes the platform as far as quotable() allows.
Error error_of(const Asked& asked, const http::Response& response);

/// The error of a call without a response.
Error error_of(Call call, const http::Error& from);

/// The error of a call that was not sent, because there are no credentials to send it with.
Error error_of(Call call, const credentials::Failure& failure);

/// The same, because it is not the time to send requests to this endpoint.
Error error_of(Call call, const cloud::Pace::Refusal& refusal);

/// The error of a 2xx response that lacks required content; the platform may have executed the call.
Error unusable_answer(Call call, const http::Response& response, std::string_view what);

}  // namespace iotda
