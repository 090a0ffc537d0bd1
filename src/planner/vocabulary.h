#pragma once

#include "certificate/fingerprint.h"
#include "meta/condition.h"
#include "meta/uid.h"
#include "platform/id.h"
#include "resources/domain_ledger.h"
#include "resources/instance.h"
#include "resources/ledger.h"
#include "resources/reason.h"
#include "resources/server_certificate.h"
#include "resources/tenancy.h"

// Names of other modules that are used everywhere in the planner.
namespace planner {

/// A namespace of its own, so that another module can start its vocabulary from these names.
namespace vocabulary {

using certificate::Fingerprint;
using meta::Condition;
using meta::Conditions;
using meta::kReady;
using meta::kReconciling;
using meta::kStalled;
using meta::Uid;
using platform::CertificateId;
using platform::ConfigurationId;
using resources::Attempt;
using resources::Domain;
using resources::DomainLedger;
using resources::DomainRule;
using resources::DomainSpec;
using resources::DomainState;
using resources::Instance;
using resources::InstanceStatus;
using resources::kAvailable;
using resources::kCertificateFinalizer;
using resources::kForgetAnnotation;
using resources::kInstanceFinalizer;
using resources::kMaxSlots;
using resources::kReconcileAnnotation;
using resources::kReleaseDomainAnnotation;
using resources::kResolveAnnotation;
using resources::LastError;
using resources::Ledger;
using resources::name_of;
using resources::Problem;
using resources::Reason;
using resources::Rotation;
using resources::SecretVersion;
using resources::ServerCertificate;
using resources::ServerCertificateStatus;
using resources::Slot;
using resources::SlotState;

}  // namespace vocabulary

using namespace vocabulary;

}  // namespace planner
