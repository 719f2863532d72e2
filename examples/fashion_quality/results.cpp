#include "results.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "study.hpp"

namespace fashion {

namespace {

using Eigen::ArrayXd;
using Eigen::Index;

std::string written(const char* format, double a, double b) {
    char text[64];
    std::snprintf(text, sizeof text, format, a, b);
    return text;
}

}  // namespace

spread spread_of(const ArrayXd& values) {
    const double mean = values.mean();
    const auto n = static_cast<double>(values.size());
    return {mean, n > 1 ? std::sqrt((values - mean).square().sum() / (n - 1)) : 0.0};
}

result result_of(const store& kept, const cell& first, int seeds, const yardstick& measure) {
    result r{.first = first, .quality = {}};
    const Index features = measure.test.mean().size();
    ArrayXd ratios(seeds);
    for (int i = 0; i < seeds; ++i) {
        cell which = first;
        which.seed += static_cast<std::uint64_t>(i);
        const Eigen::MatrixXf made = kept.read(study::features_name(which), features);
        if (made.cols() < 4) continue;  // each half has a covariance
        r.pictures = r.seeds == 0 ? made.cols() : std::min(r.pictures, made.cols());
        ratios(r.seeds++) = frechet_distance(made, measure.test) / measure.unit;
    }
    if (r.seeds > 0) r.quality = spread_of(ratios.head(r.seeds));
    const Eigen::MatrixXf bounds = kept.read(study::bounds_name(first), 1);
    r.bound_pictures = bounds.cols();
    if (r.bound_pictures > 0) {
        const spread bits = spread_of(bounds.row(0).transpose().array().cast<double>());
        r.bits = bits.mean;
        r.bits_error = bits.deviation / std::sqrt(static_cast<double>(r.bound_pictures));
    }
    return r;
}

void print(const std::vector<result>& results) {
    std::printf("%-18s %-14s %5s %9s %5s %17s %15s\n", "method", "grid", "steps", "pictures",
                "seeds", "distance / real", "bits/dimension");
    for (const result& r : results) {
        if (r.seeds == 0 && r.bound_pictures == 0) continue;
        std::printf(
            "%-18s %-14s %5d %9ld %5d %17s %15s\n", r.first.method.c_str(), r.first.grid.c_str(),
            r.first.steps, static_cast<long>(r.pictures), r.seeds,
            r.seeds == 0 ? "-"
                         : written("%.2f +- %.2f", r.quality.mean, r.quality.deviation).c_str(),
            r.bound_pictures == 0 ? "-" : written("%.3f +- %.3f", r.bits, r.bits_error).c_str());
    }
}

void write_csv(const std::vector<result>& results, const std::filesystem::path& file) {
    std::ofstream out(file);
    out << "method,grid,steps,pictures,seeds,ratio,spread,bound_pictures,bits,bits_error\n";
    for (const result& r : results)
        if (r.seeds > 0 || r.bound_pictures > 0)
            out << r.first.method << ',' << r.first.grid << ',' << r.first.steps << ','
                << r.pictures << ',' << r.seeds << ',' << r.quality.mean << ','
                << r.quality.deviation << ',' << r.bound_pictures << ',' << r.bits << ','
                << r.bits_error << '\n';
    if (!out.flush()) throw std::runtime_error(file.string() + " could not be written");
}

}  // namespace fashion
