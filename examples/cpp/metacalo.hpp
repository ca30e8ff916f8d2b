// metacalo.hpp: showers of an adapted metacalo model in C++17, from the files that `metacalo export` writes.
//
//   #define METACALO_WITH_TORCH        // LibTorch, model.pt, or
//   #define METACALO_WITH_ONNXRUNTIME  // ONNX Runtime, model.onnx; with neither there is all but metacalo::Model
//   #include "metacalo.hpp"
//
//   metacalo::Model model("model.onnx");
//   metacalo::Hits hits = model.sample({{10.0, 0.2}}, /*seed*/ 1);
//
// Energies of particles are in GeV, deposits in MeV, lengths in mm, angles in rad. Deposits are those in the
// active material: divide by the sampling fraction if the whole energy is wanted. A model may be shared by
// threads: `sample` changes nothing in it.
//
// Copyright: the metacalo developers. License: Apache-2.0.
#ifndef METACALO_HPP
#define METACALO_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <locale>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if defined(METACALO_WITH_TORCH)
#include <ATen/Parallel.h>
#include <torch/script.h>
#elif defined(METACALO_WITH_ONNXRUNTIME)
#include <onnxruntime_cxx_api.h>
#endif

namespace metacalo {

// What is wrong, in words: what was expected, what came, what to do.
class Error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

using Vector = std::array<double, 3>;

// The cylinder of voxels along a particle, (r, phi, z), phi from -pi, z along the flight.
struct Grid {
  std::int64_t n_r = 0, n_phi = 0, n_z = 0;
  double dr_mm = 0, dz_mm = 0;

  std::int64_t n_voxels() const { return n_r * n_phi * n_z; }

  // Middle of a voxel [mm]: along x and y across the flight, and along it.
  Vector centre_mm(std::int64_t voxel) const {
    const double pi = 3.14159265358979323846;
    const double r = (static_cast<double>(voxel / (n_phi * n_z)) + 0.5) * dr_mm;
    const double phi = (static_cast<double>(voxel / n_z % n_phi) + 0.5) * (2 * pi / static_cast<double>(n_phi)) - pi;
    return {r * std::cos(phi), r * std::sin(phi), (static_cast<double>(voxel % n_z) + 0.5) * dz_mm};
  }
};

// What decides on a shower beside chance: incident energy, and angle to the normal of the front face.
struct Condition {
  double energy_gev = 0;
  double theta_rad = 0;
};

// Voxels that are hit. Showers ascend, and voxels within a shower.
struct Hits {
  std::vector<std::int64_t> shower;   // number of the condition
  std::vector<std::int64_t> voxel;    // flat index in C order of (r, phi, z)
  std::vector<float> deposit_mev;     // in the active material
};

// Where showers stand in the detector: the entry point, and the axes of the grid as columns.
class Placement {
public:
  // direction: of flight, of any length. normal: of the front face, into the calorimeter, of any length.
  Placement(const Vector& entry_mm, const Vector& direction, const Vector& normal) : entry_mm_(entry_mm) {
    const Vector n = unit(normal, "normal of the front face");
    z_ = unit(direction, "direction");
    cos_ = dot(z_, n);
    if (cos_ <= 0) throw Error("expected a direction into the calorimeter, got one out of it; check the normal's sign");
    Vector across = minus(z_, n, cos_);
    sin_ = std::sqrt(dot(across, across));
    if (sin_ < 1e-9) {  // along the normal any azimuth is as good as another
      const Vector helper = std::abs(n[0]) < 0.9 ? Vector{1, 0, 0} : Vector{0, 1, 0};
      across = minus(helper, n, dot(helper, n));
      sin_ = 0;
    }
    const Vector lean = unit(across, "direction");
    // azimuth 0 is where the particle leans, on the side that is less deep
    for (int k = 0; k < 3; ++k) x_[k] = cos_ * lean[k] - sin_ * n[k];
    x_ = unit(x_, "direction");
    y_ = {z_[1] * x_[2] - z_[2] * x_[1], z_[2] * x_[0] - z_[0] * x_[2], z_[0] * x_[1] - z_[1] * x_[0]};
  }

  // Angle to the normal, for the model [rad].
  double theta_rad() const { return std::atan2(sin_, cos_); }

  // From coordinates of the grid to those of the detector [mm].
  Vector operator()(const Vector& in_grid_mm) const {
    Vector out;
    for (int k = 0; k < 3; ++k)
      out[k] = entry_mm_[k] + x_[k] * in_grid_mm[0] + y_[k] * in_grid_mm[1] + z_[k] * in_grid_mm[2];
    return out;
  }

private:
  static double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
  static Vector minus(const Vector& a, const Vector& b, double times) {
    return {a[0] - times * b[0], a[1] - times * b[1], a[2] - times * b[2]};
  }
  static Vector unit(const Vector& a, const char* what) {
    const double length = std::sqrt(dot(a, a));
    if (!(length > 0) || !std::isfinite(length)) throw Error(std::string("expected a ") + what + " with a length, got none");
    return {a[0] / length, a[1] / length, a[2] / length};
  }

  Vector entry_mm_, x_{}, y_{}, z_{};
  double cos_ = 1, sin_ = 0;
};

// Normal numbers that are the same here and in metacalo.runtime, bit for bit: shower i of a seed has its own row,
// whatever the batch or the thread. See metacalo/runtime/noise.py for what they are.
namespace random {

__extension__ typedef unsigned __int128 Wide;  // GCC and Clang have it

// Philox4x64-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405).
inline std::array<std::uint64_t, 4> philox(std::array<std::uint64_t, 4> counter, std::array<std::uint64_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const Wide a = static_cast<Wide>(0xD2E7470EE14C6C93) * counter[0];
    const Wide b = static_cast<Wide>(0xCA5A826395121157) * counter[2];
    counter = {static_cast<std::uint64_t>(b >> 64) ^ counter[1] ^ key[0], static_cast<std::uint64_t>(b),
               static_cast<std::uint64_t>(a >> 64) ^ counter[3] ^ key[1], static_cast<std::uint64_t>(a)};
    key[0] += 0x9E3779B97F4A7C15;
    key[1] += 0xBB67AE8584CAA73B;
  }
  return counter;
}

namespace detail {

inline double ratio(const std::array<double, 8>& above, const std::array<double, 8>& below, double x) {
  double a = above[7], b = below[7];
  for (int k = 6; k >= 0; --k) {
    a = above[k] + a * x;
    b = below[k] + b * x;
  }
  return a / b;
}

// The normal quantile of the middle of each of 65,536 equal parts of the law (Wichura 1988, AS 241), scaled to
// variance one.
inline std::vector<float> make_normal_table() {
  constexpr std::array<double, 8> centre_above{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                               1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                               3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr std::array<double, 8> centre_below{1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
                                               5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
                                               2.8729085735721942674e4, 5.2264952788528545610e3};
  constexpr std::array<double, 8> tail_above{1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                                             3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                                             2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr std::array<double, 8> tail_below{1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
                                             6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
                                             5.47593808499534494600e-4, 1.05075007164441684324e-9};
  constexpr int parts = 65536;
  constexpr double spread = 0.9999898592748738;  // of what is scaled
  std::vector<float> table(parts);
  for (int k = 0; k < parts; ++k) {
    const double q = (k + 0.5) / parts - 0.5;
    const double x = std::abs(q) <= 0.425
                         ? q * ratio(centre_above, centre_below, 0.180625 - q * q)
                         : std::copysign(ratio(tail_above, tail_below, std::sqrt(-std::log(0.5 - std::abs(q))) - 1.6), q);
    table[static_cast<std::size_t>(k)] = static_cast<float>(x / spread);
  }
  return table;
}

}  // namespace detail

inline const std::vector<float>& normal_table() {
  static const std::vector<float> table = detail::make_normal_table();
  return table;
}

// The row of a shower: n_noise normal numbers, of which the first n_fine are made of two parts of 16 bits.
inline void normals(std::uint64_t seed, std::uint64_t shower, std::int64_t n_noise, std::int64_t n_fine, float* row) {
  const float* table = normal_table().data();
  const auto blocks = static_cast<std::uint64_t>((n_noise + n_fine + 15) / 16);
  const Wide first = static_cast<Wide>(shower) * blocks + 1;
  const float half = 0.70710678118654752440f;
  std::int64_t done = 0;
  bool second = false;
  for (std::uint64_t block = 0; block < blocks; ++block) {
    const Wide count = first + block;
    for (std::uint64_t word : philox({static_cast<std::uint64_t>(count), static_cast<std::uint64_t>(count >> 64), 0, 0}, {seed, 0})) {
      for (int part = 0; part < 4 && done < n_noise; ++part, word >>= 16) {
        const float x = table[word & 0xFFFF];
        if (done >= n_fine) {
          row[done++] = x;
        } else if (second) {
          row[done] = (row[done] + x) * half;
          ++done;
          second = false;
        } else {
          row[done] = x;
          second = true;
        }
      }
    }
  }
}

}  // namespace random

#if defined(METACALO_WITH_TORCH) || defined(METACALO_WITH_ONNXRUNTIME)

namespace detail {

// The numbers in JSON text, in order: of a list, or of `"key": ...` on, as far as they follow one another.
inline std::vector<double> numbers(const std::string& json, const std::string& key = "") {
  std::size_t at = 0;
  if (!key.empty()) {
    at = json.find('"' + key + '"');
    at = at == std::string::npos ? json.size() : json.find(':', at) + 1;
  }
  at = json.find_first_not_of(" [", at);
  std::istringstream text(at == std::string::npos ? "" : json.substr(at));
  text.imbue(std::locale::classic());  // a program's own may write decimals with a comma
  std::vector<double> found;
  for (double value = 0; text >> value; found.push_back(value))
    if (text.peek() == ',') text.ignore();
  return found;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  file.peek();  // a folder opens, but cannot be read
  if (!file.is_open() || file.bad())
    throw Error("expected a model that `metacalo export` wrote, or the folder that holds it, got no readable file " + path);
  file.clear();
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The file of a model: `path`, or the file of that name in the folder `path`.
inline std::string in_folder(const std::string& path, const std::string& name) {
  const std::string inside = path + "/" + name;
  return std::ifstream(inside).is_open() ? inside : path;
}

inline std::string text_of(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << value;
  return text.str();
}

// SHA-256 (FIPS 180-4) in hexadecimal.
inline std::string sha256(std::string data) {
  static constexpr std::array<std::uint32_t, 64> k{
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
      0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
      0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
      0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
      0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
      0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
      0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
  const auto turn = [](std::uint32_t x, int n) { return (x >> n) | (x << (32 - n)); };
  std::array<std::uint32_t, 8> h{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const std::uint64_t bits = 8 * static_cast<std::uint64_t>(data.size());
  data += '\x80';
  data.append((120 - data.size() % 64) % 64, '\0');
  for (int byte = 7; byte >= 0; --byte) data += static_cast<char>(bits >> (8 * byte));
  for (std::size_t block = 0; block < data.size(); block += 64) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 64; ++i)
      if (i < 16)
        for (std::size_t byte = 0; byte < 4; ++byte) w[i] = w[i] << 8 | static_cast<unsigned char>(data[block + 4 * i + byte]);
      else
        w[i] = w[i - 16] + w[i - 7] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) +
               (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
    auto v = h;
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint32_t t1 = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
      const std::uint32_t t2 = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      v = {t1 + t2, v[0], v[1], v[2], v[3] + t1, v[4], v[5], v[6]};
    }
    for (std::size_t i = 0; i < 8; ++i) h[i] += v[i];
  }
  std::string hex;
  for (const std::uint32_t word : h)
    for (int nibble = 7; nibble >= 0; --nibble) hex += "0123456789abcdef"[word >> (4 * nibble) & 15];
  return hex;
}

// A file of `metacalo export` holds the SHA-256 of itself, with zeros in the place of the digest.
inline void check_whole(std::string data, const std::string& path) {
  const std::string before = "metacalo.sha256\x12\x40";
  const std::size_t at = data.find(before);
  if (at == std::string::npos || data.size() < at + before.size() + 64)
    throw Error("expected a model of `metacalo export`, got a file without its SHA-256 in " + path +
                ": it was cut short or comes from another program");
  const std::string digest = data.substr(at + before.size(), 64);
  data.replace(at + before.size(), 64, 64, '0');
  if (sha256(std::move(data)) != digest)
    throw Error("expected " + path + " as it was written, got another SHA-256; it was altered or cut short: copy it again");
}

}  // namespace detail

// What is done for a particle outside the range of the model.
enum class OutOfRange {
  error,   // an Error
  clamp,   // the nearest energy and angle inside
  follow,  // the model is asked all the same, and may be wrong
};

class Model {
public:
  // path: of model.onnx or model.pt, or of the folder that holds it. threads: of one call of the inference library; LibTorch has one such number for
  // the whole process.
  explicit Model(const std::string& path, OutOfRange out_of_range = OutOfRange::error, int threads = 1);

  const Grid& grid() const { return grid_; }
  std::int64_t n_noise() const { return n_noise_; }  // normal numbers of a shower
  std::array<double, 2> energy_range_gev() const { return energy_range_gev_; }
  std::array<double, 2> theta_range_rad() const { return theta_range_rad_; }

  // Whether a particle is inside the range of the model, as Python's run time sees it: to within 2% of its ends,
  // for angles of the largest.
  bool knows(const Condition& c) const {
    return c.energy_gev >= energy_range_gev_[0] * 0.98 && c.energy_gev <= energy_range_gev_[1] * 1.02 &&
           c.theta_rad >= theta_range_rad_[0] - 0.02 * theta_range_rad_[1] && c.theta_rad <= theta_range_rad_[1] * 1.02;
  }

  // The condition that the model is asked for in the place of another one, by its OutOfRange. An Error says "in `list`
  // `number`".
  Condition accepted(const Condition& condition, std::size_t number, const std::string& list = "condition") const;

  // One shower for each condition; shower i has row `first + i` of the normal numbers of the seed.
  Hits sample(const std::vector<Condition>& conditions, std::uint64_t seed, std::uint64_t first = 0) const;

  // The same with normal numbers of your own, a row of n_noise() for each condition.
  Hits sample(const std::vector<Condition>& conditions, const float* noise) const;

private:
  static constexpr std::size_t chunk = 64;  // showers at a time: their voxels stay in the processor's cache

  template <class Lookup> void describe(const std::string& path, const Lookup& lookup);
  template <class Rows> Hits sampled(const std::vector<Condition>& conditions, const Rows& rows) const;
  void run(const std::vector<float>& energy, const std::vector<float>& theta, const float* noise, std::int64_t first,
           Hits& hits) const;

  Grid grid_;
  std::int64_t n_noise_ = 0, n_fine_ = 0;
  std::array<double, 2> energy_range_gev_{}, theta_range_rad_{}, energy_limits_gev_{};
  OutOfRange out_of_range_;
#if defined(METACALO_WITH_TORCH)
  mutable torch::jit::Module module_;
#else
  Ort::Env env_{ORT_LOGGING_LEVEL_WARNING, "metacalo"};
  mutable Ort::Session session_{nullptr};
#endif
};

// lookup: from a key to its JSON text; empty if there is none.
template <class Lookup> void Model::describe(const std::string& path, const Lookup& lookup) {
  const auto of = [&](const char* key, std::size_t size, const char* part = "") {
    const auto found = detail::numbers(lookup(std::string("metacalo.") + key), part);
    if (found.size() != size)
      throw Error(std::string("expected the metadata `") + key + "` of `metacalo export` in " + path + ", got none; export again");
    return found;
  };
  if (lookup("metacalo.output") != "\"hits\"")
    throw Error("expected model.onnx or model.pt, whose output is hits, got another model in " + path);
  if (of("format_version", 1)[0] != 1) throw Error("expected version 1 of the format in " + path + "; export it again");
  const auto shape = of("grid", 3, "shape");
  grid_ = {static_cast<std::int64_t>(shape[0]), static_cast<std::int64_t>(shape[1]), static_cast<std::int64_t>(shape[2]),
           of("grid", 1, "dr_mm")[0], of("grid", 1, "dz_mm")[0]};
  n_noise_ = static_cast<std::int64_t>(of("n_noise", 1)[0]);
  n_fine_ = static_cast<std::int64_t>(of("n_fine_noise", 1)[0]);
  const double degree = 3.14159265358979323846 / 180;
  const auto energy = of("energy_range_gev", 2), theta = of("theta_range_deg", 2), limits = of("energy_limits_gev", 2);
  energy_range_gev_ = {energy[0], energy[1]};
  theta_range_rad_ = {theta[0] * degree, theta[1] * degree};
  energy_limits_gev_ = {limits[0], limits[1]};
}

inline Condition Model::accepted(const Condition& c, std::size_t number, const std::string& list) const {
  if (c.energy_gev > 0 && c.theta_rad >= 0 && knows(c)) return c;
  const double degree = 3.14159265358979323846 / 180;
  const auto range = [](const std::array<double, 2>& ends, double unit) {
    return detail::text_of(ends[0] / unit) + "-" + detail::text_of(ends[1] / unit);
  };
  const std::string asked = detail::text_of(c.energy_gev) + " GeV and " + detail::text_of(c.theta_rad / degree) +
                            " degrees in " + list + " " + std::to_string(number);
  if (!(c.energy_gev > 0) || !std::isfinite(c.energy_gev) || !(c.theta_rad >= 0) || !(c.theta_rad < 1.5707963))
    throw Error("expected an energy above 0 and an angle to the normal from 0 to below 90 degrees, got " + asked);
  if (out_of_range_ == OutOfRange::clamp)
    return {std::min(std::max(c.energy_gev, energy_range_gev_[0]), energy_range_gev_[1]),
            std::min(std::max(c.theta_rad, theta_range_rad_[0]), theta_range_rad_[1])};
  if (out_of_range_ == OutOfRange::error)
    throw Error("expected a particle inside the range of the model, " + range(energy_range_gev_, 1) + " GeV and " +
                range(theta_range_rad_, degree) + " degrees, got " + asked +
                "; simulate it in full, or choose OutOfRange::clamp or OutOfRange::follow");
  if (c.energy_gev < energy_limits_gev_[0] || c.energy_gev > energy_limits_gev_[1])
    throw Error("expected an energy that the model can be asked for, " + range(energy_limits_gev_, 1) + " GeV, got " + asked +
                "; there is nothing to follow");
  return c;
}

inline Hits Model::sample(const std::vector<Condition>& conditions, std::uint64_t seed, std::uint64_t first) const {
  const auto row = static_cast<std::size_t>(n_noise_);
  std::vector<float> noise(std::min(chunk, conditions.size()) * row);
  return sampled(conditions, [&](std::size_t begin, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) random::normals(seed, first + begin + i, n_noise_, n_fine_, noise.data() + i * row);
    return noise.data();
  });
}

inline Hits Model::sample(const std::vector<Condition>& conditions, const float* noise) const {
  return sampled(conditions,
                 [&](std::size_t begin, std::size_t) { return noise + begin * static_cast<std::size_t>(n_noise_); });
}

// rows: from the first condition of a chunk and their number to their normal numbers.
template <class Rows> Hits Model::sampled(const std::vector<Condition>& conditions, const Rows& rows) const {
  Hits hits;
  std::vector<float> energy, theta;
  for (std::size_t begin = 0; begin < conditions.size(); begin += chunk) {
    const std::size_t n = std::min(chunk, conditions.size() - begin);
    energy.clear(), theta.clear();
    for (std::size_t i = begin; i < begin + n; ++i) {
      const Condition c = accepted(conditions[i], i);
      energy.push_back(static_cast<float>(c.energy_gev));
      theta.push_back(static_cast<float>(c.theta_rad));
    }
    run(energy, theta, rows(begin, n), static_cast<std::int64_t>(begin), hits);
  }
  return hits;
}

namespace detail {

inline void append(Hits& hits, std::int64_t first, const std::int64_t* shower, const std::int64_t* voxel, const float* deposit,
                   std::size_t n) {
  const std::size_t before = hits.shower.size();
  hits.shower.insert(hits.shower.end(), shower, shower + n);
  if (first != 0)
    for (std::size_t i = before; i < before + n; ++i) hits.shower[i] += first;
  hits.voxel.insert(hits.voxel.end(), voxel, voxel + n);
  hits.deposit_mev.insert(hits.deposit_mev.end(), deposit, deposit + n);
}

}  // namespace detail

#if defined(METACALO_WITH_TORCH)

inline Model::Model(const std::string& file_or_folder, OutOfRange out_of_range, int threads) : out_of_range_(out_of_range) {
  const std::string path = detail::in_folder(file_or_folder, "model.pt");
  detail::check_whole(detail::read_file(path), path);
  at::set_num_threads(std::max(threads, 1));
  torch::jit::ExtraFilesMap texts;
  for (const char* key : {"format_version", "output", "grid", "n_noise", "n_fine_noise", "energy_range_gev", "theta_range_deg",
                          "energy_limits_gev"})
    texts[std::string("metacalo.") + key] = "";
  try {
    module_ = torch::jit::load(path, torch::kCPU, texts);
  } catch (const std::exception& error) {
    const std::string reason = error.what();
    throw Error("expected a TorchScript model of `metacalo export` in " + path + ", which cannot be read: " + reason.substr(0, reason.find('\n')));
  }
  describe(path, [&](const std::string& key) { return texts[key]; });
  module_.eval();
}

inline void Model::run(const std::vector<float>& energy, const std::vector<float>& theta, const float* noise, std::int64_t first,
                       Hits& hits) const {
  const auto n = static_cast<std::int64_t>(energy.size());
  const c10::InferenceMode no_gradients;
  const auto found = module_
                         .forward({torch::from_blob(const_cast<float*>(energy.data()), {n}),
                                   torch::from_blob(const_cast<float*>(theta.data()), {n}),
                                   torch::from_blob(const_cast<float*>(noise), {n, n_noise_})})
                         .toTuple();
  const auto shower = found->elements()[0].toTensor().contiguous(), voxel = found->elements()[1].toTensor().contiguous(),
             deposit = found->elements()[2].toTensor().contiguous();
  detail::append(hits, first, shower.data_ptr<std::int64_t>(), voxel.data_ptr<std::int64_t>(), deposit.data_ptr<float>(),
                 static_cast<std::size_t>(shower.numel()));
}

#else

inline Model::Model(const std::string& file_or_folder, OutOfRange out_of_range, int threads) : out_of_range_(out_of_range) {
  const std::string path = detail::in_folder(file_or_folder, "model.onnx");
  const std::string data = detail::read_file(path);
  detail::check_whole(data, path);
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(std::max(threads, 1));
  try {
    session_ = Ort::Session(env_, data.data(), data.size(), options);
  } catch (const Ort::Exception& error) {
    throw Error("expected an ONNX model in " + path + " that this ONNX Runtime reads, got: " + error.what());
  }
  Ort::AllocatorWithDefaultOptions allocator;
  const auto metadata = session_.GetModelMetadata();
  describe(path, [&](const std::string& key) {
    const auto text = metadata.LookupCustomMetadataMapAllocated(key.c_str(), allocator);
    return std::string(text ? text.get() : "");
  });
}

inline void Model::run(const std::vector<float>& energy, const std::vector<float>& theta, const float* noise, std::int64_t first,
                       Hits& hits) const {
  const auto n = static_cast<std::int64_t>(energy.size());
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const std::array<std::int64_t, 1> one{n};
  const std::array<std::int64_t, 2> two{n, n_noise_};
  const std::array<const char*, 3> inputs{"energy_gev", "theta_rad", "noise"}, outputs{"shower", "voxel", "deposit_mev"};
  const std::array<Ort::Value, 3> given{
      Ort::Value::CreateTensor<float>(memory, const_cast<float*>(energy.data()), energy.size(), one.data(), one.size()),
      Ort::Value::CreateTensor<float>(memory, const_cast<float*>(theta.data()), theta.size(), one.data(), one.size()),
      Ort::Value::CreateTensor<float>(memory, const_cast<float*>(noise), static_cast<std::size_t>(n * n_noise_), two.data(),
                                      two.size())};
  const auto found =
      session_.Run(Ort::RunOptions{nullptr}, inputs.data(), given.data(), given.size(), outputs.data(), outputs.size());
  detail::append(hits, first, found[0].GetTensorData<std::int64_t>(), found[1].GetTensorData<std::int64_t>(),
                 found[2].GetTensorData<float>(), found[0].GetTensorTypeAndShapeInfo().GetElementCount());
}

#endif  // the library

#endif  // any library

}  // namespace metacalo

#endif  // METACALO_HPP
