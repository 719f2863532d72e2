#include "results.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "../fashion/whole_file.hpp"
#include "store.hpp"
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

result result_of(const store& kept, const cell& first, const yardstick& measure) {
    result r;
    r.first = first;
    const Index features = measure.test.mean().size();
    std::vector<Eigen::MatrixXf> made;
    for (cell which = first;; ++which.seed) {
        Eigen::MatrixXf of_seed = kept.read(study::features_name(which), features);
        if (of_seed.cols() == 0) break;
        if (of_seed.cols() > too_few_pictures(measure)) made.push_back(std::move(of_seed));
    }
    for (const auto& each : made)
        r.pictures = r.pictures == 0 ? each.cols() : std::min(r.pictures, each.cols());
    r.pictures = std::min(r.pictures, measure.test.count());
    r.ratios.resize(static_cast<Index>(made.size()));
    r.precision = r.recall = r.ratios;
    for (Index i = 0; i < r.ratios.size(); ++i) {
        const auto pictures = made[static_cast<std::size_t>(i)].leftCols(r.pictures);
        r.ratios(i) = frechet_distance(pictures, measure.test) / measure.unit;
        const reach its = reach_of(pictures, measure.features.leftCols(r.pictures));
        r.precision(i) = its.precision;
        r.recall(i) = its.recall;
    }
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
    std::printf("%-18s %-14s %5s %9s %5s %17s %9s %6s %15s\n", "method", "grid", "steps",
                "pictures", "seeds", "distance / real", "precision", "recall", "bits/dimension");
    for (const result& r : results) {
        if (r.is_empty()) continue;
        const spread quality = r.quality();
        std::printf(
            "%-18s %-14s %5d %9ld %5ld %17s %9s %6s %15s\n", r.first.method.c_str(),
            r.first.grid.c_str(), r.first.steps, static_cast<long>(r.pictures),
            static_cast<long>(r.ratios.size()),
            r.ratios.size() == 0 ? "-"
            : r.ratios.size() == 1
                ? written("%.2f", quality.mean, 0).c_str()
                : written("%.2f +- %.2f", quality.mean, quality.deviation).c_str(),
            r.ratios.size() == 0 ? "-" : written("%.3f", r.precision.mean(), 0).c_str(),
            r.ratios.size() == 0 ? "-" : written("%.3f", r.recall.mean(), 0).c_str(),
            r.bound_pictures == 0 ? "-" : written("%.3f +- %.3f", r.bits, r.bits_error).c_str());
    }
}

void write_csv(const std::vector<result>& results, const std::filesystem::path& file) {
    write_whole(file, [&](std::ostream& out) {
        out << "method,grid,steps,pictures,seeds,ratio,spread,bound_pictures,bits,bits_error,"
               "ratios,precision,recall\n";
        for (const result& r : results) {
            if (r.is_empty()) continue;
            const spread quality = r.quality();
            out << r.first.method << ',' << r.first.grid << ',' << r.first.steps << ','
                << r.pictures << ',' << r.ratios.size() << ',' << quality.mean << ','
                << quality.deviation << ',' << r.bound_pictures << ',' << r.bits << ','
                << r.bits_error << ',';
            for (Index i = 0; i < r.ratios.size(); ++i) out << (i == 0 ? "" : " ") << r.ratios(i);
            if (r.ratios.size() == 0)
                out << ",,\n";
            else
                out << ',' << r.precision.mean() << ',' << r.recall.mean() << '\n';
        }
    });
}

}  // namespace fashion
