// From what is kept to the table.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

#include "../fashion/frechet.hpp"
#include "cell.hpp"
#include "neighbours.hpp"
#include "store.hpp"

namespace fashion {

// A mean, and how far apart single values lie from it: the standard deviation.
struct spread {
    double mean = 0, deviation = 0;
};
spread spread_of(const Eigen::ArrayXd& values);

// What distances are measured from and in.
struct yardstick {
    feature_sums test;         // the features of the test pictures
    Eigen::MatrixXf features;  // they themselves, a column each
    double unit = 1;           // the distance of as many real pictures that are none of them
};

// Of one method, grid and number of steps. Where nothing was measured, the counts are 0.
struct result {
    cell first;                        // of its seeds
    Eigen::ArrayXd ratios;             // distances over that of real pictures, a seed each
    Eigen::Index pictures = 0;         // of each seed
    Eigen::ArrayXd precision, recall;  // of them, a seed each: see reach
    double bits = 0, bits_error = 0;   // the bound for each dimension, and its standard error
    Eigen::Index bound_pictures = 0;

    bool is_empty() const { return ratios.size() == 0 && bound_pictures == 0; }
    spread quality() const { return ratios.size() > 0 ? spread_of(ratios) : spread{}; }
};

// A distance takes more pictures than this.
inline Eigen::Index too_few_pictures(const yardstick& measure) {
    return 2 * measure.test.mean().size();
}

// What is kept of a cell and of its sisters with the next seeds: as many pictures of each as there
// are of all, and no more than the yardstick has.
result result_of(const store& kept, const cell& first, const yardstick& measure);

void print(const std::vector<result>& results);
void write_csv(const std::vector<result>& results, const std::filesystem::path& file);

}  // namespace fashion
