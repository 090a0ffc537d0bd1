#pragma once

#include "kube/api.h"
#include "meta/label_selector.h"
#include "planner/observation.h"
#include "planner/plan.h"
#include "planner/vocabulary.h"

// Names of other modules that are used everywhere in the controller.
namespace controller {

using namespace planner::vocabulary;

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
using resources::kApiVersion;
using resources::kInstances;
using resources::kServerCertificates;
using resources::parse_instance;
using resources::parse_server_certificate;

}  // namespace controller
