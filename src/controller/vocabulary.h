#pragma once

#include "kube/api.h"
#include "meta/condition.h"
#include "meta/label_selector.h"
#include "planner/observation.h"
#include "planner/plan.h"
#include "resources/domain_ledger.h"
#include "resources/instance.h"
#include "resources/ledger.h"
#include "resources/reason.h"
#include "resources/server_certificate.h"

// What the controller speaks about: the words of the modules below that it uses everywhere.
namespace controller {

using meta::Condition;
using meta::Conditions;
using meta::kReady;
using meta::Labels;
using planner::Action;
using planner::AddOutcome;
using planner::BeginDelete;
using planner::CertificateView;
using planner::Delete;
using planner::DomainInventory;
using planner::Doubt;
using planner::Effect;
using planner::Gate;
using planner::Inventory;
using planner::MakeRoom;
using planner::ObjectTroubles;
using planner::Observation;
using planner::Plan;
using planner::PlatformCertificate;
using planner::ReadSecrets;
using planner::Rejection;
using planner::RemoveDomain;
using planner::SecretView;
using planner::Serve;
using planner::SetCertificateFinalizer;
using planner::SetInstanceFinalizer;
using planner::TakeInventory;
using planner::Timing;
using planner::Trouble;
using planner::Upload;
using planner::WriteLedger;
using resources::Domain;
using resources::DomainLedger;
using resources::DomainState;
using resources::Instance;
using resources::InstanceStatus;
using resources::kApiVersion;
using resources::kCertificateFinalizer;
using resources::kInstanceFinalizer;
using resources::kInstances;
using resources::kServerCertificates;
using resources::LastError;
using resources::Ledger;
using resources::name_of;
using resources::parse_instance;
using resources::parse_server_certificate;
using resources::Problem;
using resources::Reason;
using resources::Rotation;
using resources::SecretVersion;
using resources::ServerCertificate;
using resources::ServerCertificateStatus;
using resources::Slot;
using resources::SlotState;

}  // namespace controller
