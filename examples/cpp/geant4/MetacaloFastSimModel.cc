#include "MetacaloFastSimModel.hh"

#include <utility>
#include <vector>

#include "G4AffineTransform.hh"
#include "G4Electron.hh"
#include "G4FastHit.hh"
#include "G4FastSimHitMaker.hh"
#include "G4FastStep.hh"
#include "G4FastTrack.hh"
#include "G4Gamma.hh"
#include "G4ParticleDefinition.hh"
#include "G4Positron.hh"
#include "G4SystemOfUnits.hh"
#include "G4Track.hh"
#include "G4VSolid.hh"
#include "Randomize.hh"

namespace {

constexpr double grazing = 1e-6;  // cosine of an angle to the normal at which nothing enters

metacalo::Vector AsArray(const G4ThreeVector& v, double unit = 1) { return {v.x() / unit, v.y() / unit, v.z() / unit}; }

metacalo::Placement PlacementOf(const G4Track& particle, const G4ThreeVector& normal) {
  return {AsArray(particle.GetPosition(), mm), AsArray(particle.GetMomentumDirection()), AsArray(normal)};
}

}  // namespace

MetacaloFastSimModel::MetacaloFastSimModel(const G4String& name, G4Region* envelope,
                                           std::shared_ptr<const metacalo::Model> model, const MetacaloSettings& settings)
    : G4VFastSimulationModel(name, envelope),
      fSettings(settings),
      fModel(std::move(model)),
      fHitMaker(std::make_unique<G4FastSimHitMaker>()) {}

MetacaloFastSimModel::~MetacaloFastSimModel() = default;

G4bool MetacaloFastSimModel::IsApplicable(const G4ParticleDefinition& particle) {
  return &particle == G4Electron::Definition() || &particle == G4Positron::Definition() ||
         &particle == G4Gamma::Definition();
}

G4bool MetacaloFastSimModel::ModelTrigger(const G4FastTrack& track) {
  const G4Track& particle = *track.GetPrimaryTrack();
  // Only through the front face: a particle that starts inside, comes back or enters at a side is simulated in full.
  const G4ThreeVector normal = NormalAt(particle.GetPosition());
  const G4ThreeVector place = track.GetPrimaryTrackLocalPosition();
  const G4VSolid& envelope = *track.GetEnvelopeSolid();
  if (particle.GetMomentumDirection().dot(normal) < grazing || envelope.Inside(place) != kSurface) return false;
  const G4ThreeVector outward = track.GetInverseAffineTransformation()->TransformAxis(envelope.SurfaceNormal(place));
  if (outward.dot(normal) > -0.99) return false;
  // and so are particles outside the range of the model
  return fModel->knows({particle.GetKineticEnergy() / GeV, PlacementOf(particle, normal).theta_rad()});
}

void MetacaloFastSimModel::DoIt(const G4FastTrack& track, G4FastStep& step) {
  const G4Track& particle = *track.GetPrimaryTrack();
  step.KillPrimaryTrack();
  step.ProposePrimaryTrackPathLength(0.);
  step.ProposeTotalEnergyDeposited(particle.GetKineticEnergy());

  const metacalo::Placement placement = PlacementOf(particle, NormalAt(particle.GetPosition()));
  // All that is random comes from Geant4's engine, so that its seeds repeat the shower.
  std::vector<float> noise(static_cast<std::size_t>(fModel->n_noise()));
  for (float& value : noise) value = static_cast<float>(G4RandGauss::shoot());
  const metacalo::Hits hits =
      fModel->sample({{particle.GetKineticEnergy() / GeV, placement.theta_rad()}}, noise.data());

  for (std::size_t i = 0; i < hits.voxel.size(); ++i) {
    const double energy_mev = static_cast<double>(hits.deposit_mev[i]);
    if (energy_mev < fSettings.threshold_mev) continue;
    const metacalo::Vector at = placement(fModel->grid().centre_mm(hits.voxel[i]));
    fHitMaker->make(G4FastHit(G4ThreeVector(at[0] * mm, at[1] * mm, at[2] * mm),
                              energy_mev * fSettings.deposit_scale * MeV),
                    track);
  }
}

G4ThreeVector MetacaloFastSimModel::NormalAt(const G4ThreeVector& position) const {
  return fSettings.barrel ? G4ThreeVector(position.x(), position.y(), 0).unit() : fSettings.normal.unit();
}
