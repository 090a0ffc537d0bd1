#include <gtest/gtest.h>

#include "iotda/client.h"

namespace iotda {
namespace {

http::Origin host(std::string name) {
  http::Origin origin;
  origin.host = std::move(name);
  return origin;
}

TEST(Endpoint, DedicatedDomainNamesItsRegionAndWantsTheDerivedKey) {
  const auto dedicated = host("9bc34xxxxx.st1.iotda-app.ap-southeast-1.myhuaweicloud.com");
  EXPECT_EQ(region_of(dedicated), "ap-southeast-1");
  EXPECT_EQ(default_signing(dedicated), Signing::kDerived);
}

TEST(Endpoint, SharedDomainNamesItsRegionAndWantsTheStandardAlgorithm) {
  for (const char* name : {"iotda.cn-north-4.myhuaweicloud.com", "IoTDA.CN-North-4.MyHuaweiCloud.com"}) {
    EXPECT_EQ(region_of(host(name)), "cn-north-4") << name;
    EXPECT_EQ(default_signing(host(name)), Signing::kStandard) << name;
  }
  EXPECT_EQ(region_of(host("iotda.eu-west-101.myhuaweicloud.eu")), "eu-west-101");
}

TEST(Endpoint, AnyOtherHostNamesNoRegionAndWantsTheDerivedKey) {
  for (const char* name : {"127.0.0.1", "::1", "localhost", "iotda.example.com", "iotda.iot-system.svc.cluster.local",
                           "iotda-app.example.com", "myhuaweicloud.com", "iam.cn-north-4.myhuaweicloud.com", ""}) {
    EXPECT_EQ(region_of(host(name)), "") << name;
    EXPECT_EQ(default_signing(host(name)), Signing::kDerived) << name;
  }
}

}  // namespace
}  // namespace iotda
