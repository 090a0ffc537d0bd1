#pragma once

#include <string>

namespace http {

/// What is wrong with the PEM of CA certificates to trust; empty if a transport can use it.
std::string problem_of_trust_roots(const std::string& pem);

}  // namespace http
