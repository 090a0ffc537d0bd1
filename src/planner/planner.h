#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "planner/assessment.h"
#include "planner/plan.h"

namespace planner {

/// The entry of a ledger, a Slot or a Domain, is the object's from now on.
template <class Entry>
void give_to(Entry& entry, const ServerCertificate& object) {
  entry.owner = object.meta.name;
  entry.owner_uid = object.meta.uid;
  entry.retain = object.retain;
}

/// The making of one plan. A step returns what to do, or nothing; the first action is the plan.
class Planner {
 public:
  explicit Planner(const Observation& o);

  Plan run();
  Plan interim();

 private:
  // The steps, in the order of their urgency (planner.cc).

  /// Writes down what became of adds: the answers we have, the rights that ran out, and what the inventory says of adds
  /// whose answer nobody has. Drops what others have removed on the platform.
  Action settle();
  Action send();
  Action read_secrets();
  Action rebuild();  // planner_rebuild.cc: a ledger that was lost, or that went back in time
  /// Entries whose owner has no use for them any more go to an object that has, or are left by policy.
  Action hand_over();  // planner_owners.cc
  /// Whoever holds a slot must not go without giving it back: an heir, or one whose finalizer was taken away by hand.
  Action hold_on();  // likewise
  Action unserve();  // planner_domains.cc: domain configurations that nobody wants any more
  Action serve();    // likewise: what devices get is the certificate in the Secret
  Action release();
  /// Objects that hold nothing any more may go.
  Action let_go();
  /// Looks at the platform when that is due: at the first visit, at each resync, after trouble, and for doubts soon at
  /// first and then more slowly.
  Action look();
  Action reserve();  // planner_reserve.cc: gives slots to objects that need one; what is there already is adopted

  // Parts of steps.

  enum class Fate { kKeep, kFree };
  Fate settle(Slot& slot);
  std::optional<Fate> as_told(Slot& slot);
  bool forgotten(const Slot& slot) const;
  bool vanished(const Slot& slot) const;
  bool keep_place(Slot& slot, bool has_another) const;
  bool promised_to_another(const Slot& slot, const std::string& uid) const;
  Problem not_allowed(const CertificateView& view) const;
  void hold(Slot& slot, const std::string& id, SlotState state) const;
  const PlatformCertificate* found_for(const Slot& slot) const;
  bool may_be_listed(const Slot& slot) const;
  bool keeps(const CertificateView* owner, const Slot& slot) const;
  const CertificateView* other_wanting(const Slot& slot) const;
  const CertificateView* heir_of(const Slot& slot, const CertificateView* owner) const;
  void give(Slot& slot, const ServerCertificate& heir);
  Slot* other_slot(const std::string& uid, const Slot& than);
  void leave_refused(Slot& slot);
  void pass_earmarks();
  bool pass_earmark(Slot& place);
  bool needs_place(const CertificateView* keeper) const;
  bool gone_for_good(const std::string& uid);
  bool left_by_policy(const CertificateView* owner, bool retain, const std::string& uid);
  bool suspended(const Slot& slot) const;
  bool releasable(const Slot& slot);
  bool domain_goes_first(const Slot& slot) const;
  base::BootTime unbound_at(const Slot& slot) const;
  bool long_unbound(const Slot& slot);
  bool in_trouble(const std::string& key);
  bool in_trouble(const std::string& uid, Effect effect);
  bool failed_to_read(const std::string& uid) const;
  bool add_gate_shut();
  base::BootTime next_look(base::BootTime tried);
  Plan without_instance();

  void hand_over_domains();
  void hand_over(Domain& entry);
  bool may_claim(const CertificateView& view, const std::string& name) const;
  bool may_inherit(const CertificateView& view, const Domain& entry) const;
  bool released(const Domain& entry) const;
  bool heir_is_coming(const Domain& entry);
  bool stands_in_the_way(const Domain& entry);
  enum class DomainFate { kKeep, kDrop };
  DomainFate settle_domain(Domain& entry);
  DomainFate settle_intent(Domain& entry, const platform::DomainConfiguration* there);
  Action serve(const CertificateView& view, const DomainSpec& wish, const Slot& slot, std::optional<Problem>& why);
  /// By name of a domain that has no configuration yet.
  using Claims = std::map<std::string, meta::ObjectName>;
  Claims domain_claims() const;
  void claim_domain(const CertificateView& view, Claims& claims) const;
  std::optional<Problem> domain_obstacle(const CertificateView& view, const DomainSpec& wish,
                                         const Claims& claims) const;
  const CertificateView* domain_heir(const Domain& entry) const;
  void recover_domain(const CertificateView& view, const std::string& certificate_id);
  bool was_served(const CertificateView& view, const Slot& slot) const;
  bool serves(const platform::DomainConfiguration& there, const DomainSpec& wish, const Slot& slot) const;
  bool have_fresh_domains() const;

  std::optional<Problem> obstacle(const CertificateView& view, const certificate::Facts& facts,
                                  const std::set<std::string>& taken);
  std::optional<Problem> upload_obstacle(const CertificateView& view);
  std::optional<Problem> still_refused(const Rejection* refusal);
  Action make_room(const CertificateView& view, const Slot& old);
  const Slot* lender_for(const CertificateView& view);
  const PlatformCertificate* unreadable_twin(const certificate::Facts& facts) const;
  bool slot_coming_free() const;
  std::optional<base::BootTime> freed_at(const Slot& slot) const;
  Problem in_doubt(const Slot& slot) const;
  Problem no_slot(const CertificateView& view) const;
  Problem rotation_waits(const CertificateView& view, const Slot& held, const std::string& full) const;
  Slot& add_slot(const CertificateView& view, SlotState state);

  // What the steps ask.

  bool due(base::BootTime t);
  /// The action, unless it had no effect when it was done last and rests for a while.
  Action offer(Action action);
  /// Nothing if the ledger is as it was. Where it cannot be written, nothing that rests on it may be done.
  Action written_if_changed();
  void enter(Slot& slot, SlotState state) const;
  void enter(Domain& entry, DomainState state) const;
  const CertificateView* view_of(const std::string& uid) const;
  /// A certificate of this chain that is on the platform and in nobody's slot.
  const PlatformCertificate* unclaimed(const std::string& fingerprint) const;
  bool seen_just_now() const;
  bool rebuilding() const;
  base::BootTime rebuilt_at() const;
  void recall_what_is_listed();
  const PlatformCertificate* recognised(const CertificateView& view) const;
  Action rebuild_as_told();
  void claim(const CertificateView& view, const std::string& id, const std::string& fingerprint, bool proven);
  Problem ledger_is_lost() const;
  bool wants(const CertificateView& view, const std::string& fingerprint) const;
  bool owns_anything(const std::string& uid) const;
  /// A certificate of its own on the platform, or a slot that is kept for it.
  bool has_place(const std::string& uid) const;
  /// Who has something to lose first, then the oldest, then by name.
  std::vector<std::size_t> by_priority() const;
  std::string time_text(base::BootTime t) const;

  const Observation& o_;
  Ledger ledger_;         ///< as it is to be
  DomainLedger domains_;  ///< likewise
  Wake wake_;
  Blocked blocked_;   ///< by certificate: why it is not added
  Blocked unserved_;  ///< by certificate: why its domain does not serve it
  bool calls_;
  bool ledger_rests_ = false;        ///< it could not be written
  std::vector<std::string> unread_;  ///< uids: what their status records is not enough to give them something
  std::size_t used_attempts_ = 0;
};

}  // namespace planner
