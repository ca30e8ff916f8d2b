// Showers for a list of particles, placed in the detector:
//
//   metacalo_showers MODEL PARTICLES.csv DEPOSITS.csv [options]
//   metacalo_showers --help
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <future>
#include <iostream>
#include <limits>
#include <sstream>
#include <type_traits>

#include "metacalo.hpp"

namespace {

struct Particle {
  std::size_t line;
  double energy_gev;
  metacalo::Vector direction, entry_mm;
};

struct Options {
  std::string model, particles, deposits, noise;
  std::uint64_t seed = 0, first = 0;
  std::size_t batch = 0;  // 0: not chosen
  std::size_t workers = 1;
  int threads = 1;
  bool benchmark = false, help = false;
  metacalo::OutOfRange out_of_range = metacalo::OutOfRange::error;
};

const metacalo::Vector NORMAL{0, 0, 1};
const char* const USAGE = R"(Showers for a list of particles, placed in the detector.

  metacalo_showers MODEL PARTICLES.csv DEPOSITS.csv [options]
  metacalo_showers MODEL --benchmark [--threads N] [--batch N]

MODEL          model.onnx or model.pt (what the program was built for), or the folder that holds it
PARTICLES.csv  energy_gev,dx,dy,dz,x_mm,y_mm,z_mm: direction, and entry point on the front face, whose normal is z
DEPOSITS.csv   particle,voxel,x_mm,y_mm,z_mm,energy_mev

  --seed N           of the showers, from 0 to 2^64 - 1; by default 0
  --first N          number of the first shower in the stream of the seed; by default 0
  --batch N          showers at a time; by default 100
  --workers N        threads of this program that share the model; by default 1
  --threads N        threads of each call of the library; by default 1
  --noise FILE       normal numbers in float32, a row for each particle, instead of a seed's
  --out-of-range P   error, clamp (the nearest inside) or follow (extrapolate); by default error
  --benchmark        time of a shower for several sizes of batch, or for that of --batch
  --help             this text
)";
const std::string COLUMNS = "energy_gev,dx,dy,dz,x_mm,y_mm,z_mm";

// All of a text as a number from `least` on.
template <class Number>
Number number_of(const std::string& text, const std::string& what, Number least = std::numeric_limits<Number>::lowest()) {
  std::istringstream stream(text);
  Number value{};
  const bool read = static_cast<bool>(stream >> value);
  stream >> std::ws;
  const bool wrapped = std::is_unsigned_v<Number> && text.find('-') != std::string::npos;
  if (!read || !stream.eof() || wrapped || value < least) throw metacalo::Error("expected " + what + ", got '" + text + "'");
  return value;
}

Options read_options(int count, char** words) {
  Options options;
  std::vector<std::string> names;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&]() -> std::string {
      if (i + 1 == count) throw metacalo::Error("expected a value after " + word);
      return words[++i];
    };
    if (word == "--help" || word == "-h") options.help = true;
    else if (word == "--benchmark") options.benchmark = true;
    else if (word == "--seed") options.seed = number_of<std::uint64_t>(value(), "a number from 0 to 2^64 - 1 after --seed");
    else if (word == "--first") options.first = number_of<std::uint64_t>(value(), "a number from 0 to 2^64 - 1 after --first");
    else if (word == "--batch") options.batch = number_of<std::size_t>(value(), "a number from 1 after --batch", 1);
    else if (word == "--workers") options.workers = number_of<std::size_t>(value(), "a number from 1 after --workers", 1);
    else if (word == "--threads") options.threads = number_of<int>(value(), "a number from 1 after --threads", 1);
    else if (word == "--noise") options.noise = value();
    else if (word == "--out-of-range") {
      const std::string policy = value();
      if (policy == "clamp") options.out_of_range = metacalo::OutOfRange::clamp;
      else if (policy == "follow") options.out_of_range = metacalo::OutOfRange::follow;
      else if (policy != "error") throw metacalo::Error("expected error, clamp or follow, got " + policy);
    }
    else if (word.rfind("--", 0) == 0) throw metacalo::Error("expected one of the options that --help lists, got " + word);
    else names.push_back(word);
  }
  if (options.help) return options;
  if (names.size() != (options.benchmark ? 1u : 3u))
    throw metacalo::Error("expected MODEL PARTICLES.csv DEPOSITS.csv, or MODEL --benchmark; --help lists all options");
  options.model = names[0];
  if (!options.benchmark) options.particles = names[1], options.deposits = names[2];
  return options;
}

std::vector<Particle> read_particles(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw metacalo::Error("expected a file of particles, " + COLUMNS + ", got " + path + ", which is missing or cannot be read");
  std::string line;
  std::size_t count = 0;
  const auto next = [&] {
    ++count;
    const bool found = static_cast<bool>(std::getline(file, line));
    if (found && !line.empty() && line.back() == '\r') line.pop_back();
    return found;
  };
  if (!next() || line != COLUMNS)
    throw metacalo::Error("expected the header " + COLUMNS + " in " + path + ", got " + (line.empty() ? "nothing" : line));
  std::vector<Particle> particles;
  while (next()) {
    if (line.empty()) continue;
    const std::string where = path + ", line " + std::to_string(count);
    std::vector<double> v;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) v.push_back(number_of<double>(field, "a number in " + where));
    if (v.size() != 7)
      throw metacalo::Error("expected 7 numbers, " + COLUMNS + ", in " + where + ", got " + std::to_string(v.size()));
    particles.push_back({count, v[0], {v[1], v[2], v[3]}, {v[4], v[5], v[6]}});
  }
  if (particles.empty()) throw metacalo::Error("expected particles in " + path + ", got the header alone");
  return particles;
}

std::vector<float> read_noise(const std::string& path, std::size_t values) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw metacalo::Error("expected a file of normal numbers, got " + path + ", which is missing or cannot be read");
  std::vector<float> noise(values);
  file.read(reinterpret_cast<char*>(noise.data()), static_cast<std::streamsize>(values * sizeof(float)));
  if (!file || file.peek() != std::ifstream::traits_type::eof())
    throw metacalo::Error("expected " + std::to_string(values) + " numbers of float32 in " + path);
  return noise;
}

// A file that takes its name when it is whole, and is gone otherwise.
class Output {
public:
  explicit Output(const std::string& path) : path_(path), file_(std::fopen((path + ".part").c_str(), "w")) {
    if (file_ == nullptr) throw metacalo::Error("expected a file to write to, got " + path);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (file_ != nullptr) std::fclose(file_);
    if (!kept_) std::remove((path_ + ".part").c_str());
  }
  std::FILE* file() const { return file_; }
  void keep() {
    const bool whole = std::ferror(file_) == 0 && std::fclose(std::exchange(file_, nullptr)) == 0;
    kept_ = whole && std::rename((path_ + ".part").c_str(), path_.c_str()) == 0;
    if (!kept_) throw metacalo::Error("expected to write all of " + path_ + ", could not; is there room?");
  }

private:
  std::string path_;
  std::FILE* file_;
  bool kept_ = false;
};

void run(const Options& options) {
  const std::vector<Particle> particles = read_particles(options.particles);
  const metacalo::Model model(options.model, options.out_of_range, options.threads);
  const std::size_t batch = std::min<std::size_t>(options.batch > 0 ? options.batch : 100, particles.size());
  const std::size_t workers = std::min(options.workers, particles.size());
  const auto n_noise = static_cast<std::size_t>(model.n_noise());
  std::vector<float> noise;
  if (!options.noise.empty()) noise = read_noise(options.noise, particles.size() * n_noise);

  std::vector<metacalo::Placement> placements;
  std::vector<metacalo::Condition> conditions;
  for (const Particle& particle : particles) {
    placements.emplace_back(particle.entry_mm, particle.direction, NORMAL);
    conditions.push_back({particle.energy_gev, placements.back().theta_rad()});
    model.accepted(conditions.back(), particle.line, options.particles + ", line");
  }
  Output output(options.deposits);
  std::FILE* out = output.file();
  std::fprintf(out, "particle,voxel,x_mm,y_mm,z_mm,energy_mev\n");
  const auto sampled = [&](std::size_t begin) {
    const std::size_t end = std::min(begin + batch, particles.size());
    const auto from = conditions.begin();
    const std::vector<metacalo::Condition> part(from + static_cast<std::ptrdiff_t>(begin), from + static_cast<std::ptrdiff_t>(end));
    return noise.empty() ? model.sample(part, options.seed, options.first + begin)
                         : model.sample(part, noise.data() + begin * n_noise);
  };
  const auto policy = workers > 1 ? std::launch::async : std::launch::deferred;
  std::size_t deposits = 0;
  double total_mev = 0;
  for (std::size_t round = 0; round < particles.size(); round += batch * workers) {
    std::vector<std::future<metacalo::Hits>> parts;
    for (std::size_t k = 0; k < workers && round + k * batch < particles.size(); ++k)
      parts.push_back(std::async(policy, sampled, round + k * batch));
    for (std::size_t part = 0; part < parts.size(); ++part) {
      const metacalo::Hits hits = parts[part].get();
      for (std::size_t k = 0; k < hits.voxel.size(); ++k) {
        const std::size_t particle = round + part * batch + static_cast<std::size_t>(hits.shower[k]);
        const metacalo::Vector at = placements[particle](model.grid().centre_mm(hits.voxel[k]));
        std::fprintf(out, "%zu,%lld,%.9g,%.9g,%.9g,%.9g\n", particle, static_cast<long long>(hits.voxel[k]), at[0], at[1], at[2],
                     static_cast<double>(hits.deposit_mev[k]));
        total_mev += static_cast<double>(hits.deposit_mev[k]);
      }
      deposits += hits.voxel.size();
    }
  }
  output.keep();
  const auto outside =
      std::count_if(conditions.begin(), conditions.end(), [&](const metacalo::Condition& c) { return !model.knows(c); });
  if (outside > 0)
    std::cerr << "warning: " << outside << " of " << particles.size() << " particles are outside the range of the model; "
              << (options.out_of_range == metacalo::OutOfRange::clamp ? "the nearest energy and angle inside were taken"
                                                                      : "their showers are extrapolated")
              << "\n";
  std::cout << particles.size() << " showers, " << deposits << " deposits, " << total_mev << " MeV visible -> "
            << options.deposits << "\n";
}

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// Resident memory [MB], from /proc; 0 where there is none.
double resident_mb(const char* key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(key, 0) == 0) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  return 0;
}

// Processor time of this process [ms], which on a busy machine says more than the clock on the wall.
double processor_ms() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Time of a shower from end to end: random numbers, network, sampling, sparse output; the fastest of several rounds
// of at least 0.2 s, since anything else on the machine only adds to it. JSON on standard output; for a batch that was
// chosen, the time on the wall alone.
void benchmark(const Options& options) {
  const auto begin = Clock::now();
  const double begin_cpu = processor_ms();
  const metacalo::Model model(options.model, options.out_of_range, options.threads);
  const double load_ms = milliseconds_since(begin), load_cpu_ms = processor_ms() - begin_cpu;
  const auto energy = model.energy_range_gev();
  const auto theta = model.theta_range_rad();
  std::ostringstream wall, cpu;
  const char* comma = "";
  const std::vector<std::size_t> usual{1, 10, 100, 1000}, chosen{options.batch};
  for (const std::size_t batch : options.batch > 0 ? chosen : usual) {
    std::vector<metacalo::Condition> conditions;
    for (std::size_t i = 0; i < std::max<std::size_t>(batch, 1000); ++i) {  // log-uniform in energy, uniform in angle
      const double e = std::fmod(0.5 + 0.7548776662466927 * static_cast<double>(i), 1.0);
      const double t = std::fmod(0.5 + 0.5698402909980532 * static_cast<double>(i), 1.0);
      conditions.push_back({energy[0] * std::pow(energy[1] / energy[0], e), theta[0] + t * (theta[1] - theta[0])});
    }
    std::size_t shower = 0, hits = 0;
    double best = 1e30, best_cpu = 1e30;
    for (int round = 0; round < 6; ++round) {  // the first warms up
      std::size_t made = 0;
      const auto start = Clock::now();
      const double start_cpu = processor_ms();
      do {
        const auto from = conditions.begin() + static_cast<std::ptrdiff_t>(shower % (conditions.size() - batch + 1));
        hits += model.sample({from, from + static_cast<std::ptrdiff_t>(batch)}, options.seed, shower).voxel.size();
        shower += batch;
        made += batch;
      } while (milliseconds_since(start) < 200);
      if (round == 0) continue;
      best = std::min(best, milliseconds_since(start) / static_cast<double>(made));
      best_cpu = std::min(best_cpu, (processor_ms() - start_cpu) / static_cast<double>(made));
    }
    if (hits == 0) throw metacalo::Error("the model gave no hits");
    wall << comma << '"' << batch << "\": " << best;
    cpu << comma << '"' << batch << "\": " << best_cpu;
    comma = ", ";
  }
  if (options.batch > 0) {
    std::printf("%zu showers at a time, ms each: %s\n", options.batch, wall.str().substr(wall.str().find(' ') + 1).c_str());
    return;
  }
  std::printf("{\"threads\": %d, \"load_ms\": %.1f, \"load_cpu_ms\": %.1f, \"ms_per_shower\": {%s}, "
              "\"cpu_ms_per_shower\": {%s}, \"resident_mb\": %.1f, \"peak_mb\": %.1f}\n",
              options.threads, load_ms, load_cpu_ms, wall.str().c_str(), cpu.str().c_str(), resident_mb("VmRSS"),
              resident_mb("VmHWM"));
}

}  // namespace

int main(int count, char** words) {
  try {
    const Options options = read_options(count, words);
    if (options.help) std::cout << USAGE;
    else if (options.benchmark) benchmark(options);
    else run(options);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 2;
  }
  return 0;
}
