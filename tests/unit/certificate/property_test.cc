// Of random material: what is right passes, and what one change makes of it is reported or the same as before.

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "certificate/inspect.h"
#include "findings.h"
#include "support/certificates/certificates.h"

namespace certificate {
namespace {

using test::Identity;
using test::Key;
using test::KeyType;

const base::SystemTime kNow = base::parse_rfc3339("2026-06-08T02:39:00Z").value();

/// RSA keys take long to make.
const Key& rsa_key() {
  static const Key key = Key::make(KeyType::kRsa2048);
  return key;
}

Key any_key() {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return rsa_key();
    case 1:
      return Key::make(KeyType::kP384);
    case 2:
      return Key::make(KeyType::kP521);
    default:
      return Key::make(KeyType::kP256);
  }
}

std::string any_label() {
  return *rc::gen::resize(20, rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', '{'))));
}

struct Sample {
  std::string bundle;
  std::string key;
  std::optional<std::string> password;
  std::string host;

  Verdict judge() const {
    Material material{bundle, key, std::nullopt, host};
    if (password) material.password = *password;
    return inspect(material, kNow);
  }
};

/// A server with zero to three CAs above it, its root in the bundle or not, and its key in any form.
Sample any_sample() {
  const int depth = *rc::gen::inRange(1, 5);
  test::CertificateSpec authority;
  authority.ca = true;
  authority.common_name = "CA " + any_label();
  std::optional<Identity> issuer;
  std::string above;
  for (int i = 1; i < depth; ++i) {
    authority.common_name += "x";
    issuer = issuer ? test::issue(authority, *issuer, any_key()) : test::self_signed(authority, any_key());
    if (i > 1 || *rc::gen::arbitrary<bool>()) above.insert(0, issuer->certificate);
  }
  Sample s;
  s.host = any_label() + "." + any_label() + ".example.com";
  const bool wildcard = *rc::gen::arbitrary<bool>();
  test::CertificateSpec server;
  server.common_name = any_label();
  server.dns_names = {any_label() + ".example.com", wildcard ? "*" + s.host.substr(s.host.find('.')) : s.host};
  const Key key = any_key();
  const Identity leaf = issuer ? test::issue(server, *issuer, key) : test::self_signed(server, key);
  s.bundle = leaf.certificate + above;
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      s.key = key.pkcs8();
      break;
    case 1:
      s.key = key.traditional();
      break;
    case 2:
      s.password = any_label();
      s.key = key.encrypted_pkcs8(*s.password, 1);
      break;
    default:
      s.password = any_label();
      s.key = key.encrypted_traditional(*s.password);
  }
  return s;
}

/// One change of a text, as people and tools make them.
void mutate(std::string& text) {
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const auto length = std::min(*rc::gen::inRange<std::size_t>(1, 80), text.size() - at);
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      text[at] = *rc::gen::arbitrary<char>();
      break;
    case 1:
      text[at] = static_cast<char>(text[at] ^ (1 << *rc::gen::inRange(0, 7)));
      break;
    case 2:
      text.erase(at, length);
      break;
    case 3:
      text.insert(at, text.substr(at, length));
      break;
    case 4:
      text.insert(at, 1, *rc::gen::arbitrary<char>());
      break;
    case 5:
      text.resize(at);
      break;
    default:
      std::swap(text[at], text[*rc::gen::inRange<std::size_t>(0, text.size())]);
  }
}

RC_GTEST_PROP(Property, WhatIsRightPasses, ()) {
  const Sample sample = any_sample();
  const Verdict verdict = sample.judge();
  RC_LOG() << ::testing::PrintToString(verdict.findings);
  RC_ASSERT(verdict.valid());
  RC_ASSERT(verdict.facts.has_value());
}

/// The issuers are there up to the root, so that every bit of what is changed is signed by something in the bundle.
RC_GTEST_PROP(Property, AChangedBundleIsReportedOrTheSame, ()) {
  static const test::Chain chain = test::make_chain({.dns_names = {"device.example.com"}});
  Sample sample{chain.bundle(), chain.leaf.key_pem(), std::nullopt, ""};
  mutate(sample.bundle);
  sample.bundle += chain.root.certificate;
  const Verdict verdict = sample.judge();
  if (!verdict.valid()) return;
  RC_ASSERT(verdict.facts.has_value());
  RC_LOG() << sample.bundle;
  RC_ASSERT(verdict.facts->fingerprint == *fingerprint_of_pem(chain.bundle() + chain.root.certificate));
}

/// Of a root nothing is signed by another certificate. What is made of it must not matter to the others.
RC_GTEST_PROP(Property, AChangedRootIsReportedOrChangesNothingElse, ()) {
  static const test::Chain chain = test::make_chain({.dns_names = {"device.example.com"}});
  std::string root = chain.root.certificate;
  mutate(root);
  const Verdict verdict = Sample{chain.bundle() + root, chain.leaf.key_pem(), std::nullopt, ""}.judge();
  if (!verdict.valid()) return;
  RC_LOG() << root;
  const Facts leaf = *inspect({chain.leaf.certificate, chain.leaf.key_pem(), std::nullopt}, kNow).facts;
  RC_ASSERT(verdict.facts->subject == leaf.subject);
  RC_ASSERT(verdict.facts->issuer == leaf.issuer);
  RC_ASSERT(verdict.facts->not_after == leaf.not_after);
}

RC_GTEST_PROP(Property, AChangedKeyIsReportedOrStillWorks, ()) {
  static const Identity ec = test::self_signed({.dns_names = {"device.example.com"}});
  static const Identity rsa = test::self_signed({.dns_names = {"device.example.com"}}, rsa_key());
  const Identity& identity = *rc::gen::arbitrary<bool>() ? ec : rsa;
  Sample sample{identity.certificate, identity.key.pkcs8(), std::nullopt, ""};
  if (*rc::gen::arbitrary<bool>()) sample.key = identity.key.traditional();
  mutate(sample.key);
  // That it still signs is what the inspection itself tries: this is about not crashing, and about the wrong key.
  if (sample.judge().valid()) RC_ASSERT(sample.key.find("PRIVATE KEY") != std::string::npos);
}

}  // namespace
}  // namespace certificate
