#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "kube/api.h"
#include "prng.h"

namespace simulation {

class World;

/// What a Secret holds.
struct Content {
  enum class Kind { kMissing, kGarbage, kEmpty, kMismatch, kGood };
  Kind kind = Kind::kMissing;
  int chain = -1;  ///< of kGood and kMismatch

  /// The pair that this is at `t`; -1 if it is none, or none for that domain.
  int usable(base::SystemTime t, const std::string& domain = "") const;
};

/// The namespace of an object follows from its name.
kube::ObjectName object_name(const std::string& name);
kube::ObjectName secret_name(const std::string& name);

/// What an object's spec says beside its Secret.
struct Spec {
  bool retain = false;
  bool adopt = true;
  std::string domain{};
  bool adopt_domain = false;
  const char* strategy = "Auto";
};

/// The people: who writes objects and Secrets, and who does things in the platform's console. What they did is kept,
/// because the operator is judged by it.
class User {
 public:
  explicit User(World& world) : world_(world) {}

  // Objects. Names are single letters; the Secret of "a" is "a-tls".

  void create_instance();
  void create(const std::string& name, const Spec& spec = {});
  /// Empty: none.
  void wish(const std::string& name, const std::string& domain, bool adopt = false, bool stapling = false);
  void remove(const std::string& name);
  void set_secret(const std::string& name, Content content);
  void edit(const std::string& name, const std::string& merge_patch);
  void edit_instance(const std::string& merge_patch, const char* subresource = "");
  /// Takes the finalizer away by hand, if there is one, and deletes the object.
  void force_remove(const std::string& name);
  /// As a restore from a backup does it.
  void lose_ledger(bool whole_status);
  /// As an operator without credentials writes it: each object that is Ready is said not to be.
  void contradict();
  /// Remembers what is there, and later brings it back, as an administrator of the cluster does.
  void back_up();
  bool has_backup() const { return static_cast<bool>(restore_); }
  void restore();
  bool ledger_was_lost() const { return ledger_lost_; }
  base::BootTime ledger_lost_at() const { return ledger_lost_at_; }

  // The past

  struct Past {
    base::BootTime since;
    Content content;
  };
  Content content(const std::string& name) const;
  /// True for some content that was there at some time from `from` on.
  template <class Matches>
  bool stood(const std::string& name, base::BootTime from, const Matches& matches) const {
    const auto past = contents_.find(name);
    if (past == contents_.end()) return false;
    for (std::size_t i = past->second.size(); i-- > 0;) {
      if (matches(past->second[i].content)) return true;
      if (past->second[i].since < from) return false;
    }
    return false;
  }

  /// True if all contents that were there from `from` on match.
  template <class Matches>
  bool always(const std::string& name, base::BootTime from, const Matches& matches) const {
    return contents_.contains(name) && !stood(name, from, [&](const Content& content) { return !matches(content); });
  }

  // Anything, by chance

  struct Habits {
    bool loses_ledger = false;
    bool forces = false;  ///< takes finalizers away
    bool deletes_instance = false;
    bool suspends = false;
    bool breaks = false;  ///< Secrets
    bool shares = false;  ///< the same content in several Secrets
    bool uses_console = false;
    bool takes_ours = false;  ///< removes the operator's certificates in the console
    bool binds = false;
    bool wishes = false;  ///< domains
    bool drifts = false;  ///< changes domain configurations of the operator in the console
    bool varies = false;  ///< the strategies
  };
  Spec some_spec(Prng& prng, const Habits& habits) const;
  void do_something(Prng& prng, const Habits& habits);
  void do_something_in_console(Prng& prng, const Habits& habits);

 private:
  std::string pick_name(Prng& prng) const;
  int pick_chain(Prng& prng, const Habits& habits) const;
  void change_secret(Prng& prng, const Habits& habits);
  void change_wish(Prng& prng);
  void do_something_about_domains(Prng& prng, const Habits& habits);
  void change_policy(Prng& prng, const Habits& habits);

  World& world_;
  std::map<std::string, std::vector<Past>> contents_;
  std::function<void()> restore_;
  bool ledger_lost_ = false;
  base::BootTime ledger_lost_at_;
  int tokens_ = 0;
  int foreign_domains_ = 0;
};

std::string to_string(const Content& content);

}  // namespace simulation
