#pragma once

#include <cstddef>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "iotda/platform.h"

namespace contract {

/// A certificate and its private key.
struct Material {
  std::string certificate_pem;
  std::string private_key;
};

/// A platform under test with nothing on it. It has room for two certificates and refuses to delete one that a domain
/// configuration names.
class Subject {
 public:
  virtual ~Subject() = default;

  virtual iotda::Platform& platform() = 0;
  /// Something that the platform accepts; for each number another one. By default self-signed.
  virtual Material material(int number);
  /// Documented is 1. One that has room for more shows that names are unique, and not only few.
  virtual std::size_t domain_quota() const { return 2; }

  /// From now on it deletes also a certificate that a domain configuration names; not documented is either.
  virtual void let_bound_be_deleted() = 0;
  /// From now on lists of certificates do not show what changes.
  virtual void let_lists_lag() = 0;
  /// Enough time passes for lists to show everything.
  virtual void let_lists_catch_up() = 0;
};

/// How the platform behaves, as far as the operator relies on it: the rules of platform_contract.cc hold for everything
/// that stands in for the platform. Where the reference of the API is silent, this is what all of them have chosen.
/// One file for each of them instantiates the suite.
class PlatformContract : public ::testing::TestWithParam<std::unique_ptr<Subject> (*)()> {
 protected:
  /// Adds the material of that number.
  iotda::Result<iotda::ServerCertificate> add(int number, bool send = true);
  /// Adds it, which must succeed; its id.
  iotda::CertificateId added(int number);
  iotda::Result<void> remove(const iotda::CertificateId& id, bool send = true);
  std::vector<iotda::CertificateId> listed();

  iotda::Result<iotda::ConfigurationId> create(const std::string& domain, const iotda::CertificateId& certificate,
                                               bool send = true);
  /// Creates a domain configuration, which must succeed; its id.
  iotda::ConfigurationId created(const std::string& domain, const iotda::CertificateId& certificate);
  iotda::Result<void> update(const iotda::DomainConfiguration& wanted, bool send = true);
  iotda::Result<void> remove_domain(const iotda::ConfigurationId& id, bool send = true);
  std::vector<iotda::DomainConfiguration> domains();

  const std::unique_ptr<Subject> subject_ = GetParam()();
  iotda::Platform& platform_ = subject_->platform();
};

}  // namespace contract
