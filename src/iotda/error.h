#pragma once

#include <string_view>

#include "base/clock.h"
#include "http/transport.h"
#include "iotda/client.h"
#include "iotda/platform.h"
#include "iotda/quote.h"

namespace iotda {

enum class Call { kAdd, kList, kShow, kDelete, kListDomains, kCreateDomain, kUpdateDomain, kDeleteDomain };

/// As the observer of calls names it: add, list, show, delete, list_domains, create_domain, update_domain,
/// delete_domain.
std::string_view name_of(Call call);

/// What was asked of the platform.
struct Asked {
  Call call = Call::kList;
  Signing signing = Signing::kDerived;
  base::SystemTime now;    ///< when the answer came, to see a wrong clock
  Confidences withheld{};  ///< what must not come back in a message
};

/// The error that an answer other than a 2xx is. Pure. The message has at most 512 bytes; for the known mistakes it
/// names cause and cure, and quotes the platform as far as quotable() lets it.
Error error_of(const Asked& asked, const http::Response& response);

/// The error of a call that got no answer.
Error error_of(Call call, const http::Error& error);

/// The error that a 2xx is which lacks what it must hold; the call may have been carried out.
Error unusable_answer(Call call, const http::Response& response, std::string_view what);

}  // namespace iotda
