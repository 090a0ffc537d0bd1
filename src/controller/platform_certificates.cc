#include "controller/platform_certificates.h"

#include <chrono>
#include <optional>

#include "base/backoff.h"
#include "base/time_format.h"
#include "certificate/inspect.h"
#include "controller/platform_failures.h"
#include "controller/refusals.h"

namespace controller {
namespace {

constexpr base::Backoff::Policy kUnreadPause{std::chrono::seconds(10), std::chrono::hours(24)};

/// Some responses have the PEM with escaped line breaks, with blank lines, or with spaces at the ends of lines.
std::string in_usual_lines(const std::string& pem) {
  std::string lines;
  std::string line;
  const auto end_line = [&] {
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string::npos) lines += line.substr(first, line.find_last_not_of(" \t\r") - first + 1) + "\n";
    line.clear();
  };
  for (std::size_t i = 0; i < pem.size(); ++i) {
    const bool escaped = pem[i] == '\\' && i + 1 < pem.size() && (pem[i + 1] == 'n' || pem[i + 1] == 'r');
    if (pem[i] == '\n' || escaped) {
      end_line();
      if (escaped) ++i;
    } else {
      line += pem[i];
    }
  }
  end_line();
  return lines;
}

std::string date_text(const std::optional<base::SystemTime>& t) {
  return t ? base::to_rfc3339(*t) : "";
}

}  // namespace

PlatformCertificate described(const iotda::ServerCertificate& there, const Fingerprint& fingerprint) {
  return {there.id,    fingerprint, there.common_name, date_text(there.effective), date_text(there.expiry),
          there.owner, there.issuer};
}

Chain read_chain(Round& r, const iotda::ServerCertificate& there, base::BootTime until, Fingerprint& fingerprint) {
  if (const auto known = r.memory.known.find(there.id); known != r.memory.known.end()) {
    fingerprint = known->second.fingerprint;
    return Chain::kRead;
  }
  if (r.o.instance->status.slots) {
    if (const Slot* ours = find_id(*r.o.instance->status.slots, there.id)) {
      fingerprint = ours->fingerprint;
      return Chain::kRead;
    }
  }
  // A chain that cannot be read is asked for again, but less and less often.
  Trouble& unread = r.memory.unread[there.id];
  if (r.clock.boot_now() < unread.next_attempt) return Chain::kUnknown;
  const auto answer = r.show(r.access.platform, there.id, until, r.stop);
  if (!answer) return Chain::kAwaited;
  const iotda::Result<iotda::ServerCertificate>& shown = *answer;
  if (shown.ok()) {
    fingerprint = certificate::fingerprint_of_pem(in_usual_lines(shown->certificate_pem)).value_or("");
    ++unread.failures;
    unread.next_attempt = r.clock.boot_now() + base::backoff_delay(kUnreadPause, unread.failures);
    return fingerprint.empty() ? Chain::kUnknown : Chain::kRead;
  }
  if (shown.error().code == iotda::Error::Code::kNotFound) return Chain::kNotShown;
  if (lacks_permission(shown.error())) {
    // A list without chains cannot tell whether an upload in doubt succeeded, nor find duplicates.
    deny_inventory(r);
  } else {
    shut_gate(r, shown.error());
  }
  return Chain::kStop;
}

}  // namespace controller
