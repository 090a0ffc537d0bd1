#pragma once

#include <map>
#include <string>

#include "base/time.h"
#include "meta/uid.h"

namespace simulation {

class World;

/// What devices get. A domain that has served a valid certificate of the object that wishes it must go on to do so,
/// whatever the operator does: that is what it is for. Judged at each effect of its calls on the platform, also those
/// that come late. What others do to a domain is not judged, nor what BreakBeforeMake asks for.
class Service {
 public:
  explicit Service(World& world) : world_(world) {}

  /// By domain name: the uid of the object whose valid certificate is served, where the wish is old enough to be known.
  using Served = std::map<std::string, meta::Uid>;
  Served served() const;
  /// Throws Violation if a domain of `before` is not served any more.
  void judge(const Served& before) const;

  bool may_have(const std::string& domain, const meta::Uid& owner_uid) const;
  /// The uid of the object that wishes the domain, or of one that does and owns what is served; empty: nobody.
  meta::Uid wishing(const std::string& domain, const meta::Uid& owner_uid) const;
  /// The uid of the owner of the valid certificate that the domain serves; empty: none.
  meta::Uid serving(const std::string& domain) const;

 private:
  World& world_;
};

}  // namespace simulation
