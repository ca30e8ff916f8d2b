// Not Geant4: the few declarations of Geant4 11 that the skeleton of a fast simulation model uses, with the
// signatures of its headers, so that a compiler can check the skeleton where Geant4 is not installed.
#pragma once
#include <cmath>
#include <string>

using G4bool = bool;
using G4double = double;
using G4int = int;
class G4String : public std::string {
public:
  using std::string::string;
};

namespace CLHEP {
static constexpr double millimeter = 1.;
static constexpr double megaelectronvolt = 1.;
static constexpr double gigaelectronvolt = 1000.;
class Hep3Vector {
public:
  Hep3Vector() : Hep3Vector(0, 0, 0) {}
  Hep3Vector(double x, double y, double z) : v{x, y, z} {}
  double x() const { return v[0]; }
  double y() const { return v[1]; }
  double z() const { return v[2]; }
  double dot(const Hep3Vector& o) const { return v[0] * o.v[0] + v[1] * o.v[1] + v[2] * o.v[2]; }
  Hep3Vector unit() const {
    const double length = std::sqrt(dot(*this));
    return {v[0] / length, v[1] / length, v[2] / length};
  }

private:
  double v[3];
};
class RandGaussQ {
public:
  static double shoot();
};
}  // namespace CLHEP
using G4ThreeVector = CLHEP::Hep3Vector;
using G4RandGauss = CLHEP::RandGaussQ;
static constexpr double mm = CLHEP::millimeter;
static constexpr double MeV = CLHEP::megaelectronvolt;
static constexpr double GeV = CLHEP::gigaelectronvolt;

class G4Region;
class G4ParticleDefinition {};
struct G4Electron : G4ParticleDefinition {
  static G4Electron* Definition();
};
struct G4Positron : G4ParticleDefinition {
  static G4Positron* Definition();
};
struct G4Gamma : G4ParticleDefinition {
  static G4Gamma* Definition();
};

class G4Track {
public:
  const G4ThreeVector& GetPosition() const;
  const G4ThreeVector& GetMomentumDirection() const;
  G4double GetKineticEnergy() const;
};

enum EInside { kOutside, kSurface, kInside };
class G4VSolid {
public:
  virtual EInside Inside(const G4ThreeVector& p) const = 0;
  virtual G4ThreeVector SurfaceNormal(const G4ThreeVector& p) const = 0;
  virtual ~G4VSolid() = default;
};

class G4AffineTransform {
public:
  G4ThreeVector TransformAxis(const G4ThreeVector& axis) const;
};

class G4FastTrack {
public:
  const G4AffineTransform* GetInverseAffineTransformation() const;
  const G4Track* GetPrimaryTrack() const;
  G4VSolid* GetEnvelopeSolid() const;
  G4ThreeVector GetPrimaryTrackLocalPosition() const;
};

class G4FastStep {
public:
  void KillPrimaryTrack();
  void ProposePrimaryTrackPathLength(G4double);
  void ProposeTotalEnergyDeposited(G4double anEnergyPart);
};

class G4FastHit {
public:
  G4FastHit(const G4ThreeVector& aPosition, G4double aEnergy) : fEnergy(aEnergy), fPosition(aPosition) {}
  virtual ~G4FastHit() = default;

private:
  G4double fEnergy;
  G4ThreeVector fPosition;
};

class G4FastSimHitMaker {
public:
  G4FastSimHitMaker();
  ~G4FastSimHitMaker();
  void make(const G4FastHit& aHit, const G4FastTrack& aTrack);
};

class G4VFastSimulationModel {
public:
  G4VFastSimulationModel(const G4String& aName);
  G4VFastSimulationModel(const G4String& aName, G4Region*, G4bool IsUnique = false);
  virtual ~G4VFastSimulationModel() = default;
  virtual G4bool IsApplicable(const G4ParticleDefinition&) = 0;
  virtual G4bool ModelTrigger(const G4FastTrack&) = 0;
  virtual void DoIt(const G4FastTrack&, G4FastStep&) = 0;
  virtual G4bool AtRestModelTrigger(const G4FastTrack&);
  virtual void AtRestDoIt(const G4FastTrack&, G4FastStep&);
  virtual void Flush();
};
