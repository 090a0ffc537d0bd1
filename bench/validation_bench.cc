// How long one look at a certificate and its key takes: bench/validation.

#include <benchmark/benchmark.h>
#include <string>

#include "base/time_format.h"
#include "certificate/chain.h"
#include "certificate/inspect.h"
#include "certificate/limits.h"
#include "support/certificates/certificates.h"

namespace {

using test::CertificateSpec;
using test::Identity;
using test::Key;
using test::KeyType;

const base::SystemTime kNow = base::parse_rfc3339("2026-06-08T02:39:00Z").value();

struct Material {
  std::string bundle;
  std::string key;
};

/// A chain of `length` certificates, its leaf with as many names as fit into the platform's limit.
Material chain(std::size_t length, KeyType type) {
  CertificateSpec authority;
  authority.ca = true;
  authority.common_name = "CA";
  Identity issuer = test::self_signed(authority, Key::make(type));
  std::string above;
  for (std::size_t i = 1; i < length; ++i) {
    authority.common_name = "CA " + std::to_string(i);
    issuer = test::issue(authority, issuer, Key::make(type));
    above.insert(0, issuer.certificate);
  }
  CertificateSpec server;
  const Key key = Key::make(type);
  std::string leaf;
  for (std::size_t names = 1;; names += 16) {
    for (std::size_t i = server.dns_names.size(); i < names; ++i) {
      server.dns_names.push_back("device-" + std::to_string(i) + ".example.com");
    }
    std::string next = test::issue(server, issuer, key).certificate;
    if (next.size() + above.size() > certificate::kMaxCertificateLength) return {leaf + above, key.pkcs8()};
    leaf = std::move(next);
  }
}

/// So many small certificates as fit, which is no chain at all.
Material crowd() {
  CertificateSpec authority;
  authority.ca = true;
  const Identity root = test::self_signed(authority);
  Material m;
  while (true) {
    const Identity leaf = test::issue({}, root);
    if (m.bundle.size() + leaf.certificate.size() > certificate::kMaxCertificateLength) return m;
    m.bundle += leaf.certificate;
    m.key = leaf.key_pem();
  }
}

Material usual() {
  const test::Chain chain = test::make_chain({.dns_names = {"mqtt.example.com"}});
  return {chain.bundle(), chain.leaf.key_pem()};
}

void inspect(benchmark::State& state, const Material& material) {
  for ([[maybe_unused]] const auto step : state) {
    benchmark::DoNotOptimize(
        certificate::inspect({material.bundle, material.key, std::nullopt, "device-1.example.com"}, kNow));
  }
  state.counters["kB"] = static_cast<double>(material.bundle.size()) / 1000;
}

BENCHMARK_CAPTURE(inspect, usual_chain, usual())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(inspect, full_chain_p256, chain(certificate::kMaxChainLength, KeyType::kP256))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(inspect, full_chain_rsa, chain(certificate::kMaxChainLength, KeyType::kRsa2048))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(inspect, many_certificates, crowd())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(inspect, no_pem, Material{std::string(certificate::kMaxCertificateLength, '-'), ""})
    ->Unit(benchmark::kMillisecond);

}  // namespace
