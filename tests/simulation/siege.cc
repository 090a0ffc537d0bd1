#include "siege.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <vector>

#include "rest.h"
#include "truth.h"
#include "violation.h"
#include "ways_out.h"
#include "world.h"

namespace simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing_support::kube_error;

/// In an hour of trouble that has lasted: a pause that has grown to a quarter of an hour, or a retry each minute of
/// what has no other sign of being well again; what is done about them is said once.
constexpr std::uint64_t kAddsAnHour = 10;
constexpr std::uint64_t kWritesAnHour = 30;
/// Somebody who undoes what is written is written against every few minutes, for each of four objects.
constexpr std::uint64_t kWritesAgainstAnother = 150;
constexpr std::uint64_t kCallsAnHour = 600;
/// A Secret that changes three times a minute is not uploaded each time.
constexpr std::uint64_t kAddsOfAFlappingSecret = 30;

void check_modesty(World& world) {
  const std::uint64_t adds = world.adds;
  const std::uint64_t writes = world.writes;
  const std::uint64_t calls = world.traffic.calls();
  world.rest(hours(1));
  world.finish_runs();
  if (world.adds - adds > kAddsAnHour) {
    throw Violation(std::to_string(world.adds - adds) + " adds in an hour in which nothing changed");
  }
  if (world.writes - writes > (world.second_writer ? kWritesAgainstAnother : kWritesAnHour)) {
    throw Violation(std::to_string(world.writes - writes) + " writes in an hour in which nothing changed");
  }
  if (world.traffic.calls() - calls > kCallsAnHour) {
    throw Violation(std::to_string(world.traffic.calls() - calls) + " calls in an hour in which nothing changed");
  }
}

Permissions denied(Prng& prng) {
  Permissions may;
  switch (prng.below(8)) {
    case 0:  // create only
      may.list = may.show = may.remove = may.domains = may.create_domain = may.update_domain = may.remove_domain =
          false;
      return may;
    case 1:  // list only
      may.add = may.remove = may.create_domain = may.update_domain = may.remove_domain = false;
      return may;
    case 2:
      may.valid = false;
      return may;
    default: {
      const std::array<bool*, 8> each{&may.list, &may.show,          &may.domains,       &may.remove,
                                      &may.add,  &may.create_domain, &may.update_domain, &may.remove_domain};
      *each.at(prng.below(each.size())) = false;
      return may;
    }
  }
}

void flap(World& world, Prng& prng) {
  std::vector<std::string> names;
  for (const auto& [name, object] : world.cluster.certificates()) {
    if (!object.meta.deleting) names.push_back(name.name);
  }
  if (names.empty()) return;
  const std::string name = names[prng.below(names.size())];
  const int one = static_cast<int>(prng.below(2));
  const std::uint64_t adds = world.adds;
  for (int i = 0; i < 90; ++i) {
    world.user.set_secret(name, {Content::Kind::kGood, one + 2 * (i % 2)});
    world.rest(seconds(20));
  }
  if (world.adds - adds > kAddsOfAFlappingSecret) {
    throw Violation(std::to_string(world.adds - adds) +
                    " adds in half an hour for a Secret that changes again and again");
  }
}

/// Objects that have what they want.
std::vector<std::string> ready_ones(const World& world) {
  std::vector<std::string> names;
  for (const auto& [name, object] : world.cluster.certificates()) {
    const meta::Condition* ready = meta::find(object.status.conditions, meta::kReady);
    if (ready != nullptr && ready->status && !object.meta.deleting && !object.suspend) names.push_back(name.name);
  }
  return names;
}

void renew_while_the_instance_goes(World& world) {
  world.rest(minutes(20) + world.slowness());
  const std::vector<std::string> names = ready_ones(world);
  const resources::Instance* instance = world.cluster.instance(kInstance);
  if (names.empty() || instance == nullptr || instance->meta.deleting) return;
  world.story.tell([] { return std::string("user: deletes the instance"); });
  world.cluster.api().remove(resources::kInstances, {"", kInstance});
  world.changed_by_user();
  world.user.set_secret(names.front(), {Content::Kind::kGood, world.user.content(names.front()).chain == 0 ? 1 : 0});
}

/// With one domain configuration in all, the old name has to go first, and is not missed for long.
void rename_a_domain(World& world) {
  world.rest(minutes(20) + world.slowness());
  for (const std::string& name : ready_ones(world)) {
    const auto& object = world.cluster.certificates().at(object_name(name));
    if (!object.domain || object.rotation == resources::Rotation::kBreakBeforeMake) continue;
    const bool first = object.domain->name == domain_names().front();
    const std::string domain = domain_names()[first ? 2 : 0];
    const resources::Instance& instance = *world.cluster.instance(kInstance);
    if (!resources::may_claim(instance.domain_rules, instance.status.domains, domain, object.meta.name.ns)) continue;
    if (world.cloud.domains.named(domain) != nullptr ||
        world.user.content(name).usable(world.clock.system_now(), domain) < 0)
      continue;
    const auto& objects = world.cluster.certificates();
    const bool others = std::any_of(objects.begin(), objects.end(), [&](const auto& entry) {
      return entry.first.name != name && entry.second.domain.has_value();
    });
    if (others) continue;  // one of them may get the place
    const resources::Domain* entry = resources::find_domain(instance.status.domains, object.domain->name);
    if (entry != nullptr && entry->adopted) continue;  // it is given back, and goes on to need its place
    world.user.wish(name, domain);
    world.rest(minutes(2) + world.slowness());
    const Binding* there = world.cloud.domains.named(domain);
    if (there == nullptr) throw Violation("the domain of " + name + " was renamed, and no name is served for minutes");
    return;
  }
}

/// Those that the trouble is about.
std::set<std::string> concerned(const World& world) {
  std::set<std::string> names;
  for (const ObjectTrouble& trouble : world.troubles.all()) {
    const std::string& name = trouble.name.name;
    names.insert(name.ends_with("-tls") ? name.substr(0, name.size() - 4) : name);
  }
  return names;
}

/// What happens to other objects is dealt with as if there were no trouble.
void check_isolation(World& world, Prng& prng) {
  const std::set<std::string> troubled = concerned(world);
  check_others(world, troubled);
  for (const auto& [name, object] : world.cluster.certificates()) {
    if (troubled.contains(name.name) || object.meta.deleting || object.suspend) continue;
    world.user.set_secret(name.name, {Content::Kind::kGood, static_cast<int>(prng.below(5))});
    break;
  }
  // W, and the retry of what waits for that.
  world.rest(minutes(6) + world.slowness());
  world.finish_runs();
  check_others(world, troubled);
}

}  // namespace

void change_credentials(World& world, Prng& prng) {
  static constexpr std::array<Credentials::State, 4> kStates{Credentials::State::kThere, Credentials::State::kThere,
                                                             Credentials::State::kMissing,
                                                             Credentials::State::kUnreadable};
  world.credentials = {kStates.at(prng.below(kStates.size())), world.credentials.version + 1};
  for (const auto& process : world.processes) process->credentials_changed();
  world.story.tell([&] {
    return std::string("user: the credentials are ") +
           (world.credentials.state == Credentials::State::kThere     ? "replaced"
            : world.credentials.state == Credentials::State::kMissing ? "deleted"
                                                                      : "not to be read");
  });
}

void trouble_with_one_object(World& world, Prng& prng, bool lasting) {
  using Call = ObjectTrouble::Call;
  using Code = kube::Error::Code;
  const auto& objects = world.cluster.certificates();
  if (objects.empty()) return;
  auto chosen = objects.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(prng.below(objects.size())));
  const std::string& name = chosen->first.name;
  static const std::array<kube::Error, 4> kErrors{
      kube_error(Code::kForbidden, 403, "forbidden: exceeded policy"), kube_error(Code::kInvalid, 422, "is invalid"),
      kube_error(Code::kServer, 500, "admission webhook failed"),
      kube_error(Code::kInvalid, 413, "Request entity too large: limit is 3145728")};
  static const kube::Error kNoStatus =
      kube_error(Code::kNotFound, 404, "the server could not find the requested resource");
  ObjectTrouble trouble;
  trouble.error = kErrors.at(prng.below(kErrors.size()));
  trouble.times = lasting ? -1 : static_cast<int>(1 + prng.below(4));
  trouble.resource = std::string(resources::kServerCertificates.plural);
  trouble.name = object_name(name);
  switch (prng.below(4)) {
    case 0:
      trouble.call = Call::kStatus;
      if (prng.chance(25)) trouble.error = kNoStatus;  // the status subresource is off
      break;
    case 1:
      trouble.call = Call::kFinalizer;
      break;
    default:
      trouble.resource = std::string(kube::kSecrets.plural);
      trouble.name = secret_name(name);
      if (trouble.error.code == Code::kInvalid) trouble.error = kErrors.front();
      break;
  }
  world.story.tell([&] { return "API server: " + to_string(trouble); });
  world.troubles.add(std::move(trouble));
}

void besiege(World& world, Prng& prng) {
  world.story.tell([] { return std::string("---- one trouble lasts, and nothing else happens"); });
  world.end_troubles();
  const Features& features = world.setup.features;
  std::vector<std::function<void()>> kinds{[] {}};
  if (has(features, Feature::kOneObject)) {
    kinds.emplace_back([&] { trouble_with_one_object(world, prng, /*lasting=*/true); });
    kinds.push_back(kinds.back());
  }
  if (has(features, Feature::kPermissions)) {
    kinds.emplace_back([&] {
      world.cloud.permissions = denied(prng);
      if (!world.cloud.permissions.sees()) world.referee.list_was_denied();
      world.story.tell([&] { return "platform: the credentials may " + to_string(world.cloud.permissions); });
    });
    kinds.push_back(kinds.back());
  }
  if (has(features, Feature::kSecondWriter)) kinds.emplace_back([&] { world.second_writer = true; });
  if (has(features, Feature::kDeletedInstance)) kinds.emplace_back([&] { renew_while_the_instance_goes(world); });
  if (has(features, Feature::kDomainQuota)) kinds.emplace_back([&] { rename_a_domain(world); });
  if (has(features, Feature::kCredentials)) kinds.emplace_back([&] { change_credentials(world, prng); });
  if (has(features, Feature::kFlapping)) kinds.emplace_back([&] { flap(world, prng); });
  kinds[prng.below(kinds.size())]();

  world.rest(hours(1));
  world.finish_runs();
  check_truth(world);
  const bool platform_is_well =
      !world.second_writer && world.cloud.permissions.all() && world.credentials.state == Credentials::State::kThere;
  if (platform_is_well) check_isolation(world, prng);
  check_modesty(world);
  check_truth(world);
  try_ways_out(world);
}

}  // namespace simulation
