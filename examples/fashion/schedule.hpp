// The linear noise schedule the network was trained with, at labels t in 0..999.
#pragma once

#include <Eigen/Core>

namespace fashion {

class schedule {
public:
    static constexpr Eigen::Index labels = 1000;

    schedule();

    // log alpha_bar, linear between whole labels; labels outside are moved to the nearest end.
    double log_alpha_bar(double t) const;

private:
    Eigen::VectorXd log_alpha_bar_;
};

}  // namespace fashion
