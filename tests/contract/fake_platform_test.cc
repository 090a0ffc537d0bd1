// What the unit tests of the operator have in place of the platform.

#include "unit/controller/fake_platform.h"

#include "contract/platform_contract.h"

namespace contract {
namespace {

class FakePlatform final : public Subject {
 public:
  FakePlatform() {
    platform_.domain_quota = domain_quota();
    platform_.refuses_to_delete_bound = true;
  }

  iotda::Platform& platform() override { return platform_; }

  void let_bound_be_deleted() override { platform_.refuses_to_delete_bound = false; }
  void let_lists_lag() override {
    platform_.new_ones_are_listed = false;
    for (const auto& there : platform_.certificates) platform_.still_listed.push_back(there.id);
  }
  void let_lists_catch_up() override {
    for (auto& there : platform_.certificates) there.listed = true;
    platform_.still_listed.clear();
  }

 private:
  controller::FakePlatform platform_;
};

INSTANTIATE_TEST_SUITE_P(FakePlatform, PlatformContract, ::testing::Values([]() -> std::unique_ptr<Subject> {
                           return std::make_unique<FakePlatform>();
                         }));

}  // namespace
}  // namespace contract
