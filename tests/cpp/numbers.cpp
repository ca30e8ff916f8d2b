// Prints what metacalo.hpp has without a model: rows of random numbers as hexadecimal floats, and placed voxels.
#include <cstdio>

#include "metacalo.hpp"

int main() {
  const std::uint64_t seeds[] = {0, 1, 0xFFFFFFFFFFFFFFFFull};
  const std::uint64_t showers[] = {0, 1, 1000000007ull, 0xFFFFFFFFFFFFFFFFull};
  for (const auto seed : seeds)
    for (const auto shower : showers) {
      std::vector<float> row(333);
      metacalo::random::normals(seed, shower, 333, 30, row.data());
      for (const float x : row) std::printf("%a ", static_cast<double>(x));
      std::printf("\n");
    }
  for (const float x : metacalo::random::normal_table()) std::printf("%a ", static_cast<double>(x));
  std::printf("\n");
  const metacalo::Grid grid{3, 8, 5, 7.0, 11.0};
  const metacalo::Vector normals[] = {{0, 0, 1}, {0.6, 0.8, 0}, {-1, 2, 2}};
  const metacalo::Vector directions[] = {{0.3, -0.2, 1}, {1, 0.5, -0.4}, {-2, 4, 4}};
  for (int k = 0; k < 3; ++k) {
    const metacalo::Placement place({1, 2, 3}, directions[k], normals[k]);
    std::printf("%.17g ", place.theta_rad());
    for (std::int64_t v = 0; v < grid.n_voxels(); ++v)
      for (const double x : place(grid.centre_mm(v))) std::printf("%.17g ", x);
    std::printf("\n");
  }
  try {
    metacalo::Placement({0, 0, 0}, {0, 0, -1}, {0, 0, 1});
  } catch (const metacalo::Error& error) {
    std::printf("%s\n", error.what());
  }
  return 0;
}
