// A skeleton of a fast simulation model for Geant4 11: particles that enter a region become showers of metacalo.
//
// Compile with METACALO_WITH_ONNXRUNTIME or METACALO_WITH_TORCH. Read the model once, and add one of these a thread
// where sensitive detectors are made (ConstructSDandField):
//   static const auto model = std::make_shared<const metacalo::Model>("model.onnx");
//   new MetacaloFastSimModel("metacalo", region, model, settings);
// and register G4FastSimulationPhysics for e-, e+ and gamma in the physics list. The sensitive detector of the
// region must also derive from G4VFastSimSensitiveDetector; hits arrive in its ProcessHits(const G4FastHit*, ...).
#ifndef METACALO_FAST_SIM_MODEL_HH
#define METACALO_FAST_SIM_MODEL_HH

#include <memory>

#include "G4ThreeVector.hh"
#include "G4VFastSimulationModel.hh"
#include "metacalo.hpp"

class G4FastSimHitMaker;
class G4Region;

struct MetacaloSettings {
  G4ThreeVector normal{0, 0, 1};         // of a flat front face, into the calorimeter
  bool barrel = false;                   // the face is a cylinder about z: the normal is radial
  double threshold_mev = 0.0005;         // deposits below are dropped
  double deposit_scale = 1.0;            // 1 / sampling fraction, if hits are to hold the whole energy
};

class MetacaloFastSimModel : public G4VFastSimulationModel {
public:
  MetacaloFastSimModel(const G4String& name, G4Region* envelope, std::shared_ptr<const metacalo::Model> model,
                       const MetacaloSettings& settings);
  ~MetacaloFastSimModel() override;

  G4bool IsApplicable(const G4ParticleDefinition& particle) override;  // electrons, positrons, photons
  G4bool ModelTrigger(const G4FastTrack& track) override;              // entering, within the model's range
  void DoIt(const G4FastTrack& track, G4FastStep& step) override;      // the shower

private:
  G4ThreeVector NormalAt(const G4ThreeVector& position) const;

  MetacaloSettings fSettings;
  std::shared_ptr<const metacalo::Model> fModel;  // of all threads
  std::unique_ptr<G4FastSimHitMaker> fHitMaker;
};

#endif
