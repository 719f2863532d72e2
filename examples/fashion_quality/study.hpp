// Makes pictures cell by cell, and keeps what the classifier says of them.
#pragma once

#include <Eigen/Core>
#include <fokker/fokker.hpp>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../fashion/classifier.hpp"
#include "../fashion/data_set.hpp"
#include "../fashion/network.hpp"
#include "cell.hpp"
#include "method.hpp"
#include "store.hpp"

namespace fashion {

class study {
public:
    struct parts {
        unet network;
        classifier measure;
        fokker::moments gamma, map;
        int threads;
    };

    study(parts made_of, const store& kept);

    // Throws std::invalid_argument on a method or a grid that is none, or that does not take so
    // many steps.
    static void check(const cell& which, const std::vector<method>& methods,
                      const fokker::moments& gamma);
    const std::vector<method>& methods() const { return methods_; }

    // Pictures that are still to be made, for so many seeds, and to be measured.
    Eigen::Index left_to_make(const cell& which, Eigen::Index count, int seeds) const;
    Eigen::Index left_to_bound(const cell& which, Eigen::Index count) const;

    // Makes pictures until there are so many; advance(pictures) tells how many are done.
    void make_pictures(const cell& which, Eigen::Index count,
                       const std::function<void(Eigen::Index)>& advance) const;

    // Measures the variational bound of so many of the pictures.
    void measure_bounds(const cell& which, const data_set& pictures, Eigen::Index count,
                        const std::function<void(Eigen::Index)>& advance) const;

    // The features of pictures that were not made but photographed, kept by this name.
    Eigen::MatrixXf features(const std::string& name, Eigen::Index count,
                             const std::function<data_set()>& read) const;

    // Of whatever was measured, seed 1: few steps first, then in the order of grids and methods.
    std::vector<cell> measured() const;

    static std::string features_name(const cell& which) { return which.name() + ", features"; }
    static std::string bounds_name(const cell& which) { return which.name() + ", bounds"; }

private:
    // columns = work(first, last, a thread's own networks), appended part by part.
    template <class Work>
    void in_parts(const std::string& name, Eigen::Index rows, Eigen::Index count, Work work,
                  const std::function<void(Eigen::Index)>& advance) const;

    const method& method_of(const cell& which) const;
    const fokker::grid& grid_of(const cell& which) const;

    parts parts_;
    const store& store_;
    std::vector<method> methods_;
    mutable std::map<std::pair<std::string, int>, fokker::grid> grids_;  // by name and steps
};

// The names of the grids, in the order of the table.
const std::vector<std::string>& grid_names();

}  // namespace fashion
