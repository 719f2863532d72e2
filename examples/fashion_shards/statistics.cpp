#include "statistics.hpp"

#include <iomanip>
#include <ostream>
#include <stdexcept>
#include <string>

#include "../fashion/frechet.hpp"
#include "../fashion/whole_file.hpp"

namespace fashion {

namespace {

using Eigen::Index;
using Eigen::MatrixXf;

// Throws unless all are there, which costs no reading.
void require_all(const shard_store& kept) {
    std::uint64_t missing = 0, first = 0;
    for (std::uint64_t shard = 0; shard < kept.shards(); ++shard)
        if (!kept.is_there(shard) && missing++ == 0) first = shard;
    if (missing == 0) return;
    throw std::runtime_error(kept.folder().string() + ": of " + std::to_string(kept.shards()) +
                             " shards " + std::to_string(missing) + " are missing, the first is " +
                             kept.shard_file(first).filename().string() +
                             "; start the drawing again, which goes on");
}

}  // namespace

statistics gather(const shard_store& kept, classifier measure, const data_set& real) {
    require_all(kept);
    if (kept.pictures() < 2)
        throw std::runtime_error(kept.folder().string() +
                                 ": one picture has no covariance, so there is nothing to gather; "
                                 "draw two or more, into another folder");
    statistics all;
    feature_sums sums(measure.features());
    for (std::uint64_t shard = 0; shard < kept.shards(); ++shard) {
        const auto drawn = kept.read(shard);
        if (!drawn)
            throw std::runtime_error(kept.shard_file(shard).string() +
                                     " is damaged; start the drawing again, which redoes it");
        sums.add(drawn->features);
        all.pictures += drawn->classes.size();
        for (std::size_t i = 0; i < drawn->classes.size(); ++i)
            all.recognised +=
                measure.classify(drawn->features.col(static_cast<Index>(i))) == drawn->classes[i];
    }
    all.mean = sums.mean();
    all.covariance = sums.covariance();
    all.real_pictures = real.pictures.cols();
    if (all.real_pictures == 0) return all;
    MatrixXf features(measure.features(), all.real_pictures);
    measure.measure(real.pictures, features);
    feature_sums theirs(measure.features());
    theirs.add(features);
    all.frechet_distance = frechet_distance(sums, theirs);
    return all;
}

void write(const statistics& all, const shard_store& kept) {
    const auto files = kept.statistics_files();
    write_whole(files[0], [&](std::ostream& out) {
        out << "{\n \"pictures\": " << all.pictures << ",\n \"recognised\": " << all.recognised;
        if (all.frechet_distance)
            out << ",\n \"real_pictures\": " << all.real_pictures
                << ",\n \"frechet_distance\": " << std::setprecision(17) << *all.frechet_distance;
        out << "\n}\n";
    });
    write_whole(files[1], [&](std::ostream& out) { out << to_npy(all.mean); });
    write_whole(files[2], [&](std::ostream& out) { out << to_npy(all.covariance); });
}

}  // namespace fashion
