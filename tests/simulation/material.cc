#include "material.h"

#include <algorithm>

#include "certificate/inspect.h"
#include "support/base64.h"
#include "support/certificates/certificates.h"

namespace simulation {
namespace {

Chain make(const std::string& label, base::SystemTime not_before, base::SystemTime not_after,
           std::vector<std::string> domains = domain_names()) {
  std::vector<std::string> names{label + ".example.com"};
  names.insert(names.end(), domains.begin(), domains.end());
  const test::Identity identity = test::self_signed({.common_name = label + ".example.com",
                                                     .dns_names = names,
                                                     .not_before = test::asn1_time(not_before),
                                                     .not_after = test::asn1_time(not_after)});
  Chain chain;
  chain.label = label;
  chain.certificate_pem = identity.certificate;
  chain.key_pem = identity.key_pem();
  chain.certificate_base64 = test::base64_encode(chain.certificate_pem);
  chain.key_base64 = test::base64_encode(chain.key_pem);
  chain.fingerprint = certificate::fingerprint_of_pem(chain.certificate_pem).value_or("");
  chain.not_before = not_before;
  chain.not_after = not_after;
  chain.domains = std::move(domains);
  return chain;
}

std::vector<Chain> make_pool() {
  const base::SystemTime before = kStart - std::chrono::hours(24);
  const base::SystemTime after = kStart + std::chrono::hours(24 * 365);
  std::vector<Chain> pool;
  for (int i = 0; i < 5; ++i) pool.push_back(make("cert-" + std::to_string(i), before, after));
  pool.push_back(make("cert-5", before, after, {domain_names().front()}));
  pool.push_back(make("expiring", before, kStart + std::chrono::minutes(90)));
  pool.push_back(make("early", kStart + std::chrono::minutes(40), after));
  return pool;
}

template <class Matches>
int index_where(const Matches& matches) {
  const auto& pool = chains();
  const auto found = std::find_if(pool.begin(), pool.end(), matches);
  return found == pool.end() ? -1 : static_cast<int>(found - pool.begin());
}

}  // namespace

bool Chain::covers(const std::string& domain) const {
  return domain.empty() || std::find(domains.begin(), domains.end(), domain) != domains.end();
}

const std::vector<std::string>& domain_names() {
  static const std::vector<std::string> names{"one.example.com", "two.example.com", "three.example.com"};
  return names;
}

std::string spelt(const std::string& pem, Spelling spelling) {
  const auto with_line_breaks = [&](const char* instead) {
    std::string text;
    for (const char c : pem) c == '\n' ? text.append(instead) : text.append(1, c);
    return text;
  };
  switch (spelling) {
    case Spelling::kAsSent:
      return pem;
    case Spelling::kCarriageReturns:
      return with_line_breaks("\r\n");
    case Spelling::kEscapedLineBreaks:
      return with_line_breaks("\\n");
    case Spelling::kBlankLines:
      return "\n  " + with_line_breaks("  \n") + "\n\n";
    case Spelling::kEmpty:
      return "";
  }
  return pem;
}

const std::vector<Chain>& chains() {
  static const std::vector<Chain> pool = make_pool();
  return pool;
}

int chain_of_pem(std::string_view certificate_pem) {
  return index_where([&](const Chain& chain) { return chain.certificate_pem == certificate_pem; });
}

int chain_of_fingerprint(const certificate::Fingerprint& fingerprint) {
  return index_where([&](const Chain& chain) { return chain.fingerprint == fingerprint; });
}

std::string chain_label(int chain) {
  return chain < 0 ? "unknown chain" : chains()[static_cast<std::size_t>(chain)].label;
}

}  // namespace simulation
