#pragma once

#include <map>
#include <string>

namespace corpus {

/// What a judge says of a bundle.
struct Verdict {
  bool taken = false;
  bool unknown = false;  ///< the chain ends at somebody who is not among the roots: nothing is known
  std::string text;
};

struct Output {
  int status = 0;
  std::string text;
};

/// Runs a command of the shell, its errors among the output.
Output run(const std::string& command);

/// openssl verify -purpose sslserver with `options`, of the file `leaf` with the other certificates in `bundle`, where
/// those in the file `roots` are trusted.
Verdict ask_openssl(const std::string& leaf, const std::string& bundle, const std::string& roots,
                    const std::string& options);

/// What Go says of all bundles in a folder, with its roots.pem: by "NAME chain" and "NAME key". Empty where there is no
/// Go.
std::map<std::string, Verdict> ask_go(const std::string& folder);

/// The moment at which everybody judges, in seconds.
long long moment();

}  // namespace corpus
